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
advance answer appear batter battle better bitter bleach blest block blond blood bluish board
boast boost boots border bored bottom bought bound brace brake brave break breath breed brick
bride brief bring broad broke bronze brought brown build built bunch cables caller calling cancel
canceling candid candy capital careful carried carrying cause center central certain chain chair
chance change changed changer charge charged charges charming chart charter cheap check cheer
chess chest chief child chill choir choose chose chosen church circle claim class clean cleaned
cleaner clear climb close closed closet cloth clothe clothes cloud coach coast color colors column
comfort common control cook cooked cooker corner correct couch could count counter couple course
court cover covered crack cracked craft crash crater crawl crazy creak create creep crown cruel
crumb crunch crush curve custom daily damage dance danger dealer debit deep delay deliver diaper
diner dinner direct disappoint doubly dozen draft drain drama drank draw drawer dream dried drier
drink drive driver dryer early earning earth eight either elect empty enjoy enough enter equal
erase error event every exact except expect expert extra faces facial fairly faith false family
fancy father fault favor favorite feature feeling fever fewer field fifth fight filling filming
final finally finger finish firing first flame flash flight float flood floor flora flour flower
fluid focus folded folder follow force forest forever forget forgot formal format former forth
found frame fraud fresh friday friend front frost frozen fruit funny future garage garden garlic
gather gender gentle giant given glance glass globe gloss glove going grace grade grain grand
grant graph grass grave great greed greet grill groan gross group grown guard guess guest guide
habit handing handle happen happy harsh haste hated heart heavy height hello herbs hidden higher
hobby holder holiday honest honor horse hotel hours house human humor hurry impact import inch
index inside instead issue joint judge keeper knife labor ladder language large laser lasted later
latter laugh layer leader leading leaking learn learned learning lease least leave leaving legal
lemon letter level lifted light limit listed listen liter little liver living local logging logic
loose lower lucky lunch magic major maker manager manual march marked market matter mayor measure
medal media member mental metal meter midnight might minor minute mixed model moment money monster
month moral morning mother motor mount mouth movie music naked nature nearly needle never night
noise north notice novel nurse occur ocean offer often older order other ought outer owner packed
packet paint palace panel panic party paste pasted patch pause peace pearl pedal pencil penny
people pepper period permit person phase photo picked picture piece pilot pitch place placed plain
plane planet planned plant plastic plate played player pleased pleasure pocket point poison polish
posted poster posting potter pound power prayer preach prefer prepare present press pretty prevent
price pride priest prime prince print prior prize problem produce promise proper proud prove
public purple pursue putting qualify queen quick quiet quite racing radio raise range rapid rather
rating ratio reach react ready really reason receive recent refill refund regular related relative
relaxing remain remote remove removed remover repair replace report rescue result return review
reward right rinse river robber robot rough round route royal ruled ruler rules rural saint salad
sales salmon salon sample sandy sauce saved scale scandal scarce scare scene scheme school score
scream screen script search season seated second secret seller sense series serious served server
service seven sever shade shake shaken shall shame shape share shared sharp shave sheep sheer
sheet shelf shell shift shine shiny ship shipped shirt shock shook shoot shops shore short shorted
should shout shower shown shrimp sight silent silver simple since singer single sister skill skirt
slack sleep slice slide slight slip slipped slope small smart smell smile smoke smooth smoothing
snack snake sneak soften solid solve sorry sound south space spare spark speak special speed spell
spend spice spicy spill split spoil spoke sport spray spread spring square stable stack staff
stage stain stair stake stale stamp stand stare start starter state stated status stayed steal
steam steel steep stick sticky still stitch stock stole stone stood stool store storm story strand
strange stray streak stream street strength stress strict strike string strip stripe stripped
strong stuck study stuff style sugar suite summer sunny super supplied supply surely surface
swallow swear sweat sweater sweep sweet sweeter swift swimming swing switch sword table tablet
taking talking taste tasted tasty teach tenth terms thank their there these thick thing think
third those thought thread threat three threw throat throw tight timer tired title toast toaster
today token tooth total touch tough tower track trade traded trail train trait travel treat treaty
trend trial trick tried truck truly trunk trust truth tulip tumble turned twice twist uncle under
union unite until upper upset urban usage usual valid valley value valued velvet video villa visit
visitor vital vivid voice waist waited waiter waste watch water wearing weary weather wedding
weigh weight wheel where which while white whole whose widow width window winter witch within
woman women wonder wooden worker world worry worse worst worth would wound wrist write writer
wrong yield young youth
"""
PLAIN: Final = frozenset(_CHINESE.split()) | frozenset(_ENGLISH.split())
"""What nothing is heard in: who writes it means it."""
