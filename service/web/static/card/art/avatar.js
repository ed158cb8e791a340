/** A seller's portrait when she has none: the first character of her name on a soft medallion. */
import { chance } from "./pen.js";

const escape = (text) => text.replace(/[<>&"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Return the one or two characters that stand for a name: 小鹿 → 小, Anna Lee → AL. */
export function initials(name) {
  const text = name.trim();
  if (!text) return "·";
  if (/^\p{Script=Han}/u.test(text)) return [...text][0];
  const words = text.split(/[\s·&-]+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
}

/** Return an address for `<img>`: the medallion of a name, its colours round `hue` (degrees). */
export function avatar(name, hue) {
  const turn = Math.round(360 * chance(name, "turn"));
  const sign = initials(name);
  const size = sign.length > 1 ? 74 : 96;
  const ring = [0, 45, 90, 135, 180, 225, 270, 315]
    .map((angle) => `<ellipse cx="100" cy="46" rx="34" ry="52" transform="rotate(${angle + turn} 100 100)"/>`)
    .join("");
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"><defs>` +
    `<linearGradient id="g" x2=".7" y2="1"><stop stop-color="hsl(${hue + 14} 62% 72%)"/>` +
    `<stop offset=".55" stop-color="hsl(${hue} 52% 56%)"/><stop offset="1" stop-color="hsl(${hue - 22} 48% 42%)"/></linearGradient></defs>` +
    `<rect width="200" height="200" fill="url(#g)"/>` +
    `<g fill="none" stroke="#fff" stroke-opacity=".2" stroke-width="1.6">${ring}</g>` +
    `<text x="100" y="102" fill="#fff" font-size="${size}" font-weight="600" text-anchor="middle" dominant-baseline="central" ` +
    `font-family="'Songti SC','Noto Serif CJK SC','Noto Serif SC',Georgia,serif">${escape(sign)}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
