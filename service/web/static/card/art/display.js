/** A seller's shop window: some of her own products side by side, drawn as one wide still life. */
import { match } from "./match.js";
import { palette } from "./palette.js";
import { chance, group, leaf, oval, path, rect } from "./pen.js";

/** Where the products stand, from the back to the front: x, ground, size. */
const PLACES = [
  [400, 244, 0.88],
  [290, 250, 0.78],
  [512, 250, 0.78],
  [186, 260, 0.72],
  [616, 260, 0.72],
];

const stop = (colour, at) => `<stop offset="${at}" stop-color="${colour}"/>`;

const gradient = (id, colours) =>
  `<linearGradient id="${id}">${colours.map((c, i) => stop(c, i / (colours.length - 1))).join("")}</linearGradient>`;

/** Choose products of different kinds, the seller's first ones first. */
function choose(items) {
  const chosen = new Map();
  for (const item of items) {
    const { shape } = match(item);
    if (!chosen.has(shape)) chosen.set(shape, item);
    if (chosen.size === PLACES.length) break;
  }
  return [...chosen.values()];
}

function product(item, index) {
  const { family, shape } = match(item);
  const k = palette(item, family);
  const [x, ground, size] = PLACES[index];
  const paint = { ...k, body: `url(#b${index})`, cap: `url(#c${index})`, glass: "url(#glass)" };
  return {
    defs: gradient(`b${index}`, k.body) + gradient(`c${index}`, k.metal),
    drawing:
      oval(x + 6, ground, 92 * size, 11 * size, "#3a2418", 'opacity=".16"') +
      group(`translate(${x} ${ground}) scale(${size})`, shape(paint)),
  };
}

/** Return an address for `<img>`: 800 by 340, in the colours round `hue` (degrees). */
export function display(items, hue) {
  const tint = (turn, saturation, light) => `hsl(${(hue + turn + 360) % 360} ${saturation}% ${light}%)`;
  const goods = choose(items).map(product);
  const sun = 560 + 90 * chance(String(items[0].item_id), "sun");
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 340" preserveAspectRatio="xMidYMax slice"><defs>` +
    `<linearGradient id="sky" x2=".4" y2="1">${stop(tint(14, 58, 93), 0)}${stop(tint(-6, 44, 82), 1)}</linearGradient>` +
    `<linearGradient id="arch" x2="0" y2="1">${stop(tint(8, 60, 97), 0)}${stop(tint(0, 44, 84), 1)}</linearGradient>` +
    `<linearGradient id="floor" x2="0" y2="1">${stop(tint(6, 42, 90), 0)}${stop(tint(-4, 34, 76), 1)}</linearGradient>` +
    `<linearGradient id="glass"><stop stop-color="#fff" stop-opacity=".5"/><stop offset=".3" stop-color="#fff" stop-opacity=".92"/>` +
    `<stop offset="1" stop-color="${tint(0, 40, 92)}" stop-opacity=".8"/></linearGradient>` +
    goods.map(({ defs }) => defs).join("") +
    `</defs>` +
    rect(0, 0, 800, 340, 0, "url(#sky)") +
    oval(sun, 96, 54, 54, "#fff", 'opacity=".5"') +
    path("M262 240V176A138 138 0 0 1 538 176V240Z", "url(#arch)") +
    path("M98 240V194A82 82 0 0 1 262 194V240Z", "url(#arch)", 'opacity=".7"') +
    path("M538 240V194A82 82 0 0 1 702 194V240Z", "url(#arch)", 'opacity=".7"') +
    rect(0, 230, 800, 110, 0, "url(#floor)") +
    leaf(106, 262, 104, -14, "hsl(140 22% 56%)") +
    leaf(98, 264, 74, -48, "hsl(132 20% 62%)") +
    leaf(694, 262, 104, 16, "hsl(140 22% 56%)") +
    leaf(704, 264, 74, 50, "hsl(132 20% 62%)") +
    goods.map(({ drawing }) => drawing).join("") +
    `</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
