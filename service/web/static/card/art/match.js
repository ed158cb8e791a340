/** Find what to draw for a product: its category says the family, its title the very thing. */
import * as beauty from "./beauty.js";
import * as living from "./living.js";
import * as table from "./table.js";
import * as wear from "./wear.js";

/** Rules in order: the first whose words stand in the text wins. Chinese words have no borders. */
const RULES = [
  ["beauty", beauty.mask, /面膜|冻膜|泥膜|眼膜|\bmasks?\b|patch/],
  ["beauty", beauty.palette, /眼影|盘|eye ?shadow|palette/],
  ["beauty", beauty.mascara, /睫毛|眼线|眉笔|眼妆|mascara|liner|brow|eye make/],
  ["beauty", beauty.lipstick, /口红|唇|\blips?\b|lipstick|gloss/],
  ["beauty", beauty.compact, /气垫|粉饼|散粉|蜜粉|腮红|高光|修容|cushion|powder|blush|bronzer|highlight/],
  ["beauty", beauty.polish, /指甲|甲油|nail/],
  ["beauty", beauty.brush, /化妆刷|美妆蛋|粉扑|brush(es)?\b|sponge|applicator/],
  ["beauty", beauty.perfume, /香水|香氛|fragrance|perfume|eau de/],
  ["beauty", beauty.soap, /香皂|手工皂|\bsoap\b/],
  ["beauty", beauty.serum, /精华|安瓶|原液|精油|护发油|serum|ampoule|\boils?\b/],
  ["beauty", beauty.essence, /爽肤水|化妆水|精粹水|喷雾|柔肤水|toner|essence|mist|粉底液|foundation/],
  ["beauty", beauty.tube, /洁面|洗面|防晒|隔离|bb霜|护手|手霜|牙膏|cleans|sun ?(care|milk|screen|stick)|primer|hand cream|nappy cream|护臀/],
  ["beauty", beauty.lotion, /乳液|身体乳|沐浴|洗发|护发|洗手液|洗洁精|洗衣|lotion|body|shampoo|wash|hair|foam|bath\b/],
  ["beauty", beauty.cream, /面霜|眼霜|乳霜|晚霜|香膏|底妆|护肤|美妆|cream|moistur|balm|skin|beauty|make-?up/],
  ["wear", wear.skirt, /半裙|百褶|马面|半身裙|skirt/],
  ["wear", wear.dress, /连衣裙|裙|dress/],
  ["wear", wear.trousers, /裤装|直筒|阔腿|牛仔裤|长裤|短裤|trouser|jeans|pants/],
  ["wear", wear.coat, /外套|大衣|风衣|羽绒|夹克|coat|jacket|trench/],
  ["wear", wear.jumper, /毛衣|针织|开衫|卫衣|jumper|knit|cardigan|sweater|hoodie/],
  ["wear", wear.shoe, /鞋|靴|shoe|boot|loafer|sneaker|mary jane/],
  ["wear", wear.scarf, /围巾|披肩|丝巾|scarf|scarves|shawl/],
  ["wear", wear.tee, /睡袋|sleep bag/],
  ["wear", wear.bag, /包袋|手提|托特|腋下包|水桶包|背包|双肩|\bbags?$|handbag|tote|backpack|shoulder bag/],
  ["wear", wear.ring, /戒指|耳饰|耳环|项链|手链|珠宝|首饰|发箍|jewel|earring|necklace|bracelet|hairband/],
  ["wear", wear.watch, /手表|腕表|watch/],
  ["wear", wear.hat, /帽|\bhats?\b|\bcaps?\b/],
  ["wear", wear.tee, /上衣|t恤|衬衫|童装|连体衣|家居服|服装|shirt|top|cloth|bodysuit|pyjama|vest|wear/],
  ["home", living.teapot, /茶具|茶壶|盖碗|公道杯|tea ware|teapot|fair cup|lidded cup/],
  ["table", living.teacake, /普洱|茶饼|白茶|熟普|生普|pu'?er|tea cake/],
  ["table", table.cookies, /饼干|曲奇|糕|茶点|桃酥|绿豆饼|biscuit|cookie|cracker|pastry|walnut crisp|tea snack/],
  ["table", table.tin, /绿茶|红茶|乌龙|花茶|茶叶|岩茶|毛尖|普洱|菊花|茶$|\btea\b|oolong|米粉|奶粉|rice cereal|formula/],
  ["table", table.nuts, /坚果|腰果|巴旦木|核桃|夏威夷果|\bnuts?\b|almond|cashew|macadamia/],
  ["table", table.fruit, /水果|果干|芒果|苹果|橙|葡萄|梨|桃子|无花果|果泥|fruit|mango|apple|orange|fig|purée|plum/],
  ["table", table.honey, /蜂蜜|果酱|酱|罐头|honey|jam|spread|sauce/],
  ["table", table.cake, /蛋糕|甜品|面包|吐司|cake|bread|toast|dessert/],
  ["table", table.bowl, /面条|速食|拌面|酸辣粉|自热|米饭|粥|汤|餐具|饭碗|碗|noodle|rice bowl|soup|\bbowl|tableware|pot$/],
  ["table", table.cup, /咖啡|马克杯|杯|可可|coffee|mug|\bcup|cocoa/],
  ["table", table.bottle, /饮料|冲饮|气泡水|酒|果汁|食用油|酸梅汤|燕麦奶|drink|wine|juice|water|brew|beer/],
  ["table", living.gift, /巧克力|糖果|软糖|牛轧糖|礼盒|chocolate|sweet|candy|nougat|gumm/],
  ["table", table.pouch, /零食|肉|鸭|豆干|辣条|豆腐|海味|海苔|鱼|鱿|snack|meat|tofu|jerky|strips|seafood|seaweed|food/],
  ["home", living.diffuser, /藤条|线香|香薰机|diffuser|incense/],
  ["home", living.candle, /蜡烛|香薰|candle|scent/],
  ["home", living.lamp, /灯|lamp|light/],
  ["home", living.cushion, /抱枕|枕|床品|四件套|被|cushion|pillow|bed|quilt|sheet/],
  ["home", living.towels, /毛巾|浴巾|地垫|抹布|毯|towel|bath mat|blanket|cloths/],
  ["home", living.basket, /收纳|篮|置物|挂袋|storage|basket|organi[sz]er|shelf/],
  ["home", table.pot, /厨具|锅|砧板|调料罐|kitchen|\bpan\b|\bpot\b|board|cook/],
  ["home", living.plant, /绿植|盆栽|plant|succulent/],
  ["home", living.vase, /花瓶|装饰|挂画|鲜花|vase|decor|flower|print/],
  ["home", beauty.lotion, /清洁|clean/],
  ["play", living.pack, /纸尿裤|拉拉裤|湿巾|napp|diaper|wipes|pull-ups/],
  ["play", living.milk, /奶瓶|喂养|吸管杯|feeding|bottle/],
  ["play", living.blocks, /积木|拼图|牙胶|block|puzzle|teether/],
  ["play", living.bear, /玩具|玩偶|母婴|宝宝|toy|baby|comforter|doll/],
  ["play", living.book, /书|绘本|文具|book|stationery/],
  ["play", living.paw, /宠物|猫|狗|\bpets?\b|cat\b|dog\b/],
  ["play", living.pills, /保健|维生素|钙|胶囊|vitamin|supplement|health/],
  ["play", living.headphones, /耳机|音箱|headphone|earbud|speaker/],
  ["play", living.phone, /手机|数码|平板|电脑|phone|tablet|laptop|digital|electronic/],
  ["play", living.yoga, /瑜伽|yoga/],
  ["play", living.dumbbell, /运动|健身|哑铃|sport|fitness|gym/],
];

/** Return `{ family, shape }` for a product; what no rule knows comes as a present. */
export function match(item) {
  const category = (item.category ?? "").toLowerCase();
  const title = `${item.title ?? ""} ${item.title_en ?? ""}`.toLowerCase();
  const kind = RULES.find(([, , words]) => words.test(category));
  const thing = RULES.find(
    ([family, , words]) => (!kind || family === kind[0]) && words.test(title),
  );
  const found = thing ?? kind;
  if (!found) return { family: "gift", shape: living.gift };
  return { family: found[0], shape: found[1] };
}
