"""Words of everyday language that are close to names of goods, and right as they are written."""

from __future__ import annotations

from typing import Final

_CHINESE: Final = """
界面 介面 会面 全面 画面 见面 回本 成本 手掌 手记 手迹 手势 首席 收账 差点 差距 出具 道具 到底
地点 低点 高点 零点 感性 个性 有型 有形 油画 大意 大义 心意 新意 主意 睡意 一架 一级 一家 眼睛
眼窝 演示 掩饰 收拾 自然 零时 临时 食品 视频 商品 妻子 分子 份子 胆子 单子 叶子 椰子 鼻子 样子
面子 稿子 蝎子 轿子 辈子 影子 带子 巷子 橡子 鬼子 甲子 娃子 镯子 清单 全家 无理 无力 无故 无辜
五谷 无限 有限 音响 音像 影响 印象 编制 变质 主治 水浒 水货 水准 四级 功夫 携带 履行 原为 原委
原位 白日 白条 大帝 相继 想起 肌肉 志士 之士 只是 散文 上半 相位 同情 花费 化肥 话题 画像 花箱
花期 花旗 画布 花店 滑板 花样 花式 花市 地摊 地板 传单 床位 针头 额头 石头 关头 馒头 满头 镜头
至今 截止 截至 二环 二级 儿时 收敛 相连 想念 口味 口试 面试 面市 面世 面貌 面部 面前 体量 宝石
保释 保守 暴食 补税 放水 防税 防火 放火 修复 禁止 精致 净值 净化 京华 文化 亚光 离合 钱币 纸币
钢铁 建国 见过 煎锅 国货 果然 大麦 大卖 加油 使用 试用 实用 适用 食用 市中 始终 时钟 食物 事物
失误 十五 室内 重点 充值 容量 贸易 唯一 位移 单品 心声 亲自 亲手 自杀 独家 季节 皮箱 皮相 处方
小样 小羊 小食 小事 小心 每笔 书报 文句 人身 奶品 退车 姿色 滤色 分色 法师 日食 日市 开化 胶袋
江油 华生 天数 半数 收益 公示 公式 攻势 实时 事实 时事
"""
_ENGLISH: Final = """
advance answer appear babies backpack baffle baggage bandage basket bathrobe batter battery battle
berries better binder biscuit bitter blander blanket blazer bleach blender blest block blond blood
bluish board boast boost boots border bored bottom bought bound boxer boxers brace bracelet
bracket brake brassy brave break breath breed brick bride brief bring broad broke bronze brought
brown brownie bruise bucket build built bunch button cabbage cable cables caller calling camera
cancel canceling cancer candid candies candles candy cannon canon canvas canyon capital caramel
careful carol carried carrot carrying carton cartoon casket cattle cause cellar censor center
central ceramic cereal certain chain chair chance change changed changer charge charged charges
charming chart charter cheap check cheer cherries chess chest chicken chief child chill choir
choose chopper chose chosen church circle circuit claim class classy clean cleaned cleaner clear
climb clipboard close closed closet cloth clothe clothes cloud clove coach coast color colors
colour column comfort common commuter computer control cook cooked cooker cookie cooler copper
coral corner correct cotton couch could count counter couple course court cover covered crack
cracked cracker cradle craft crash crater crates crawl crayon crazy creak cream crease create
creep crispy crown cruel cruise crumb crunch crush crusty cupboard curtain curve cushion custom
cutter daily dairies dairy daisy damage dance danger dealer debit deep delay deliver denim diaper
diaries diary diner dinner dipper direct disappoint dollar doubly dozen draft drain drainer drama
drank draw drawer dream dress dried drier drink drive driver dryer dusty dynamic early earning
earphone earth eight either elect empty enjoy enough enter equal erase error event every exact
except expect expert extra faces facial fairies fairly faith false family fancy fashion father
fault favor favorite feather feature feeling felon ferries fever fewer field fifth fight fighter
filling filming final finally finger finish firing first fixer flame flash flavour flight flipper
float flood floor flooring flora floral flour flower fluid focus folded folder follow force forest
forever forget forgot formal format former forth found frame fraud fresh friday friend front frost
frozen fruit fruits funny future garage garbage garden garlic gasket gather gender gentle giant
given glance glass glassy globe gloss glossy glove going grace grade grain grand grant graph grass
grassy grates grave grease great greed greet griddle grill grinder groan gross group grove grown
guard guess guest guide habit hammer handing handle hanger happen happy harsh haste hated header
headphone healer heart heated heater heavy height hello herbal herbs hidden higher hobby holder
holiday honest honor horse hotel hours house human humor hunger hurry impact import inch index
inside instead issue jacket joint judge keeper kettle keyboard kitchen kitten knife labor ladder
ladies language large laser lasted later lather latter laugh layer leader leading leaking learn
learned learning lease least leather leave leaving legal lemon letter level lifted light lighter
lights limit liner listed listen liter little liver living local locker logging logic loose lotion
lover lower lucky luggage lunch magic major maker manager manual march marked market massage
material maternal matter mayor measure medal media megaphone melon member mental message metal
meter microphone middle midnight might minor minute mirror mitten mixed mixer model moment money
monitor monster month moral morning mother motor mount mouth movie muffler music musty naked
nature nearly necklace needle nettle never night noise noodle north notice novel nozzle nurse
occur ocean offer often older order organic other ought outer owner package packed packet paddle
pained paint painted painter palace panel panic pantry parrot party passage pasta paste pasted
pastry patch pause peace pearl pedal peeler pencil penny people pepper period permit person phase
photo picked picture piece pilot pitch place placed plain plane planet planned plant planter
plaster plasters plastic plate plates played player pleased pleasure pocket point pointer poison
polish poodle posted poster posting potion potter pound power prayer preach prefer prepare present
press pretty prevent price pride priest prime prince print printer prior prize problem produce
promise proper proud prove public puddle puppet purple pursue putting puzzle qualify queen quick
quiet quite racing racket radio raffle raise range rapid rather rating ratio rattle reach react
ready really reason receive recent refill refund regular related relative relaxing remain remote
remove removed remover repair replace report rescue result return review reward right rinse ripper
river robber robot rocker rocket rookie rough round route royal rubber rucksack ruffle ruled ruler
rules rural rusty saddle saint salad sales salmon salon sample sandal sandy satin sauce saucer
sausage savage saved savour scale scandal scarce scare scarf scene scheme school scooter score
scream screen script sealed sealer search season seated second secret seller sense sensor serial
series serious sermon served server service seven sever shade shake shaken shall shame shape share
shared sharp shave shawl sheep sheer sheet sheets shelf shell shift shine shiny ship shipped shirt
shock shook shoot shopper shops shore short shorted should shout shower shown shrimp shuffler
shutter sight silent silicon silicone silver simple since singer single sister skateboard skates
skill skipper skirt slack slates sleep sleets slice slide slight slip slipped slipper slope small
smart smell smile smoke smooth smoothing snack snake sneak sneaker socket soften solid solve sorry
sound south space spare spark speak speaker special speed spell spend spice spicy spill split
spoil spoke sport spray spread spring square stable stack staff stage stain stair stake stale
stamp stand stare start starter state stated status stayed steal steam steamer steel steep stick
sticky still stitch stock stocker stole stone stood stool stopper store storm story stove strainer
strand strange stray streak stream streamer street strength stress strict strike string strip
stripe stripped stroller strong stuck study stuff style sugar suite suites suits summer sunny
super supplied supply surely surface swallow swear sweat sweater sweep sweet sweeter swift
swimming swing switch sword table tablet taking talking taste tasted tasty teach telephone tensor
tenth terms thank their there these thick thicken thing think third those thought thread threat
three threw throat throw ticket tight tights timer tired title toast toaster today token toner
tooth topper total touch tough tower track tracker tractor trade traded trail train trainer trait
travel treat treated treaty trend trial trick tried trinket trouser truck truly trunk trust truth
tulip tumble tuner turned twice twist umbrella uncle under union unite until upper upset urban
usage usual valid valley valour value valued vandal velvet verbal video villa visit visitor vital
vivid voice waffle waist waited waiter wardrobe waste watch water wearing weary weather wedding
weigh weight wheel where which while white whole whose widow width window winter witch within
woman women wonder wooden worker world worry worse worst worth would wound wrist write writer
wrong yield young youth zipper
"""
PLAIN: Final = frozenset(_CHINESE.split()) | frozenset(_ENGLISH.split())
"""What nothing is heard in: who writes it means it."""
