/** Colours of an illustration: the family gives the mood, category and brand the tones. */
import { chance } from "./pen.js";

/** Background hues per family, in degrees. */
const MOODS = {
  beauty: [348, 14, 28, 262, 150, 200],
  wear: [32, 210, 340, 80, 258],
  table: [36, 20, 96, 48, 8],
  home: [30, 150, 205, 62, 18],
  play: [42, 198, 150, 338, 262],
  gift: [350, 36, 200],
};

/** Words that name a colour: hue, saturation and lightness of the thing itself. */
const SHADES = [
  [/紫砂|purple clay/, [14, 36, 38]],
  [/豆沙|rosewood|dusty rose/, [352, 38, 58]],
  [/正红|大红|true red|\bred\b|红色/, [356, 72, 47]],
  [/酒红|burgundy|wine red/, [344, 52, 33]],
  [/奶茶|milk-tea|nude|裸色|焦糖|caramel/, [24, 40, 60]],
  [/蜜桃|peach|珊瑚|coral|橘/, [14, 78, 68]],
  [/梅子|plum|紫/, [322, 36, 42]],
  [/裸粉|nude pink|粉色|\bpink\b/, [350, 58, 76]],
  [/黑色|\bblack\b/, [250, 8, 24]],
  [/米白|off-white|白瓷|\bwhite porcelain\b|奶油|creamy/, [38, 40, 88]],
  [/卡其|khaki|原木|natural wood|木$/, [34, 36, 62]],
  [/雾霾蓝|雾蓝|haze blue|mist blue|\bblue\b/, [212, 32, 60]],
  [/鼠尾草|sage\b|墨绿|dark green|\bgreen\b/, [140, 22, 48]],
  [/牛仔|denim/, [212, 32, 60]],
  [/坚果|腰果|巴旦木|夏威夷果|曲奇|\bnuts?\b|almond|cashew/, [30, 42, 60]],
  [/芒果|柑橘|橙|mango|citrus|orange/, [36, 78, 62]],
  [/蜂蜜|桂花|人参|honey|osmanthus|ginseng/, [38, 58, 64]],
  [/玫瑰|山茶花|\brose\b|camellia/, [350, 46, 66]],
  [/樱花|sakura|cherry blossom/, [344, 48, 80]],
  [/抹茶|绿茶|茶树|积雪草|牛油果|matcha|green tea|tea tree|centella/, [122, 24, 60]],
  [/燕麦|椰|松露|\boat\b|coconut|truffle/, [36, 30, 80]],
  [/玻尿酸|烟酰胺|神经酰胺|海盐|hyaluron|niacinamide|ceramide|sea salt/, [204, 30, 72]],
];

const METALS = [
  ["#f3dcae", "#c99a52", "#fbeed0", "#a97b38"], // gold
  ["#f4d5c8", "#cf9685", "#fdeae2", "#b17766"], // rose gold
  ["#eef0f2", "#b4bac2", "#fbfcfd", "#8f96a0"], // silver
  ["#5a4d47", "#332b28", "#7a6c65", "#231d1b"], // dark lacquer
  ["#fffdf9", "#e9dfd3", "#ffffff", "#d6c8b8"], // ivory
];

const hsl = (hue, saturation, lightness) =>
  `hsl(${((Math.round(hue) % 360) + 360) % 360} ${Math.round(saturation)}% ${Math.round(lightness)}%)`;

/** Return the colours of a product: `{ sky, stage, floor, body, tone, deep, pale, shade, metal … }`. */
export function palette(item, family) {
  const draw = (salt, of = item.item_id) => chance(String(of), salt);
  const moods = MOODS[family] ?? MOODS.gift;
  const mood = moods[Math.floor(draw("mood", `${item.category}${item.brand}`) * moods.length)];
  const sky = mood + 16 * (draw("sky") - 0.5);
  const words = Object.values(item.attributes ?? {}).join(" ");
  const named = SHADES.find(([name]) => name.test(`${words} ${item.title ?? ""}`.toLowerCase()))?.[1];
  const turn = [0, 16, -20, 34][Math.floor(draw("turn", item.brand || item.item_id) * 4)];
  const own = [sky + turn, 26 + 18 * draw("depth"), 64 + 12 * (draw("light") - 0.5)];
  const [hue, saturation, lightness] = named ?? own;
  const [shadeHue, shadeSaturation, shadeLightness] = named ?? [sky + turn - 8, 44, 62];
  return {
    sky: [hsl(sky + 8, 44, 95), hsl(sky - 8, 36, 87)],
    stage: [hsl(sky + 4, 48, 98), hsl(sky - 4, 36, 81)],
    floor: [hsl(sky, 34, 91), hsl(sky, 30, 80)],
    body: [-10, 12, 3, -14].map((step) => hsl(hue, saturation, Math.min(96, lightness + step))),
    tone: hsl(hue, saturation, lightness),
    deep: hsl(hue, Math.min(60, saturation + 4), Math.max(16, lightness - 28)),
    pale: hsl(hue, saturation, Math.min(94, lightness + 18)),
    shade: hsl(shadeHue, shadeSaturation, shadeLightness),
    leaf: hsl(138 + 30 * (draw("leaf") - 0.5), 26, 52),
    petal: hsl(sky - 6, 58, 82),
    shadow: hsl(sky, 30, 30),
    range: (at) => hsl(shadeHue + 26 * (at - 0.5), shadeSaturation, 34 + 48 * at),
    metal: METALS[Math.floor(draw("metal", item.brand || item.item_id) * METALS.length)],
  };
}
