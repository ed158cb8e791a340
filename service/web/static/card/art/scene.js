/**
 * A product's picture when the shop has none: a small still life, drawn from what the catalogue
 * says. The same product always gets the same picture, on every phone.
 */
import { match } from "./match.js";
import { palette } from "./palette.js";
import { chance, group, leaf, oval, path, rect } from "./pen.js";

const kept = new Map();

/** Return an address for `<img>`: a product's drawing. */
export function picture(item) {
  const key = [item.item_id, item.category, item.brand, item.title].join("\u001f");
  if (!kept.has(key)) kept.set(key, `data:image/svg+xml,${encodeURIComponent(still(item))}`);
  return kept.get(key);
}

const stops = (colours) =>
  colours
    .map((c, i) => `<stop offset="${i / (colours.length - 1)}" stop-color="${c}"/>`)
    .join("");

const across = (id, colours) => `<linearGradient id="${id}">${stops(colours)}</linearGradient>`;
const down = (id, colours) =>
  `<linearGradient id="${id}" x2="0" y2="1">${stops(colours)}</linearGradient>`;

const STAGES = [
  () => oval(200, 186, 138, 138, "url(#stage)"),
  () => path("M84 330V186A116 116 0 0 1 316 186V330Z", "url(#stage)"),
  () => oval(248, 150, 112, 112, "url(#stage)") + oval(120, 226, 66, 66, "url(#stage)", 'opacity=".6"'),
  () => path("M60 330A140 140 0 0 1 340 330Z", "url(#stage)") + oval(292, 96, 34, 34, "url(#stage)"),
  () =>
    path("M112 330V150A88 88 0 0 1 288 150V330Z", "url(#stage)") +
    path("M88 330V150A112 112 0 0 1 312 150V330", "none", 'stroke="#fff" stroke-width="2" opacity=".7"'),
];

const FLOORS = [
  () => rect(0, 318, 400, 82, 0, "url(#floor)"),
  () =>
    rect(0, 330, 400, 70, 0, "url(#floor)") +
    path("M86 320V372A114 25 0 0 0 314 372V320Z", "url(#pedestal)") +
    oval(200, 320, 114, 25, "url(#top)"),
  () =>
    rect(0, 330, 400, 70, 0, "url(#floor)") +
    rect(92, 316, 216, 60, 8, "url(#pedestal)") +
    rect(92, 316, 216, 9, 4, "#fff", 'opacity=".5"'),
];

const PROPS = [
  (k) => leaf(64, 326, 92, -16, k.leaf) + leaf(58, 328, 66, -50, k.leaf) + leaf(70, 328, 58, 22, k.leaf),
  (k) => leaf(340, 326, 100, 14, k.leaf) + leaf(346, 328, 68, 48, k.leaf),
  (k) => oval(64, 330, 25, 16, k.petal) + oval(98, 338, 15, 10, k.pale) + oval(338, 336, 19, 12, k.petal),
  (k) =>
    [[70, 112, 15], [104, 74, 8], [330, 206, 11], [316, 84, 17]]
      .map(([x, y, r]) => oval(x, y, r, r, "#fff", 'opacity=".5"') + oval(x - r / 3, y - r / 3, r / 4, r / 4, "#fff"))
      .join("") + oval(334, 334, 17, 11, k.petal),
  (k) =>
    [[60, 338, 24], [324, 344, -30], [346, 330, 60], [92, 346, -70]]
      .map(([x, y, turn]) => group(`translate(${x} ${y}) rotate(${turn})`, path("M-15 0Q0 -13 15 0Q0 11 -15 0Z", k.petal)))
      .join(""),
  () => "",
];

/** Draw the still life of a product as SVG text, 400 by 400. */
export function still(item) {
  const draw = (salt, options) => options[Math.floor(chance(String(item.item_id), salt) * options.length)];
  const { family, shape } = match(item);
  const k = palette(item, family);
  const floor = draw("floor", FLOORS);
  const ground = floor === FLOORS[0] ? 338 : 322;
  const paint = { ...k, body: "url(#body)", cap: "url(#cap)", glass: "url(#glass)" };
  const size = 1.02 + 0.08 * chance(String(item.item_id), "size");
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"><defs>` +
    down("sky", k.sky) +
    down("stage", k.stage) +
    down("floor", k.floor) +
    across("pedestal", [k.floor[1], k.stage[0], k.floor[0], k.floor[1]]) +
    down("top", [k.floor[0], k.stage[0]]) +
    across("body", k.body) +
    across("cap", k.metal) +
    `<linearGradient id="glass"><stop stop-color="#fff" stop-opacity=".55"/>` +
    `<stop offset=".3" stop-color="#fff" stop-opacity=".92"/><stop offset="1" stop-color="${k.pale}" stop-opacity=".75"/></linearGradient>` +
    `<radialGradient id="shadow"><stop stop-color="${k.shadow}" stop-opacity=".42"/><stop offset="1" stop-color="${k.shadow}" stop-opacity="0"/></radialGradient>` +
    `</defs>` +
    rect(0, 0, 400, 400, 0, "url(#sky)") +
    draw("stage", STAGES)() +
    floor() +
    draw("props", PROPS)(k) +
    oval(208, ground, 124, 17, "url(#shadow)") +
    group(`translate(200 ${ground}) scale(${size.toFixed(3)})`, shape(paint)) +
    `</svg>`
  );
}
