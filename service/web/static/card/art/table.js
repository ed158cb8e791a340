/** Things to eat, to drink and to set the table with; drawn like the beauty counter's. */
import { label, leaf, line, oval, path, rect, shine, steam } from "./pen.js";

export const tin = (k) =>
  rect(-60, -154, 120, 154, 12, k.body) +
  rect(-64, -184, 128, 38, 10, k.cap) +
  oval(0, -76, 40, 48, "#fffaf4", 'opacity=".94"') +
  leaf(-2, -48, 44, -24, k.leaf) +
  leaf(4, -48, 38, 28, k.leaf) +
  shine(-50, -138, 122);

export const pouch = (k) =>
  path("M-76 0L-64 -184H64L76 0Q0 10 -76 0Z", k.body) +
  rect(-66, -204, 132, 26, 4, k.deep) +
  line("M-58 -191H58", "#fff", 2, 'opacity=".5" stroke-dasharray="5 6"') +
  label(k.deep, -38, -138, 76, 92) +
  path("M-56 -170L-66 -24H-57L-48 -170Z", "#fff", 'opacity=".32"');

export const bottle = (k) =>
  path("M-36 -18Q-36 0 -18 0H18Q36 0 36 -18V-112Q36 -134 18 -146V-190H-18V-146Q-36 -134 -36 -112Z", k.glass) +
  path("M-36 -104H36V-18Q36 0 18 0H-18Q-36 0 -36 -18Z", k.tone, 'opacity=".75"') +
  rect(-20, -214, 40, 34, 5, k.cap) +
  label(k.deep, -32, -96, 64, 64) +
  shine(-29, -124, 110, 6);

export const honey = (k) =>
  rect(-62, -128, 124, 128, 24, k.glass) +
  path("M-54 -100H54V-26Q54 -8 36 -8H-36Q-54 -8 -54 -26Z", k.tone, 'opacity=".85"') +
  rect(-58, -164, 116, 42, 10, k.cap) +
  path("M0 -96L30 -79V-45L0 -28L-30 -45V-79Z", "#fffaf4", 'opacity=".95"') +
  oval(0, -62, 10, 10, k.deep, 'opacity=".7"') +
  shine(-52, -112, 90);

export const cookies = (k) =>
  rect(-84, -116, 168, 116, 14, k.body) +
  rect(-90, -140, 180, 38, 10, k.cap) +
  [-44, 0, 44]
    .map((x) =>
      oval(x, -50, 20, 20, "#e0b27a") +
      oval(x - 6, -55, 3.4, 3.4, "#7a4a28") +
      oval(x + 7, -48, 3.4, 3.4, "#7a4a28") +
      oval(x - 2, -42, 3, 3, "#7a4a28"),
    )
    .join("") +
  shine(-74, -94, 78);

export const bowl = (k) =>
  steam(0, -136) +
  oval(0, -100, 96, 26, k.deep) +
  oval(0, -102, 82, 19, k.shade) +
  oval(-28, -106, 20, 8, "#fffaf4", 'opacity=".8"') +
  leaf(30, -96, 26, 58, k.leaf) +
  path("M-96 -100A96 92 0 0 0 -34 -10V0H34V-10A96 92 0 0 0 96 -100A96 26 0 0 1 -96 -100Z", k.body) +
  path("M-80 -66Q-66 -34 -42 -20", "none", 'stroke="#fff" stroke-width="7" stroke-linecap="round" opacity=".34"');

export const fruit = (k) =>
  oval(-44, -58, 54, 56, k.body) +
  oval(46, -50, 48, 50, k.body) +
  oval(2, -112, 52, 54, k.body) +
  line("M2 -160Q6 -182 20 -192", "#7a5334", 6) +
  leaf(12, -172, 42, 78, k.leaf) +
  oval(-18, -132, 14, 9, "#fff", 'opacity=".4" transform="rotate(-32 -18 -132)"') +
  oval(-64, -78, 12, 8, "#fff", 'opacity=".34" transform="rotate(-32 -64 -78)"') +
  oval(26, -70, 11, 7, "#fff", 'opacity=".3" transform="rotate(-32 26 -70)"');

export const cake = (k) =>
  oval(0, -6, 112, 16, "#fffaf4") +
  rect(-84, -88, 168, 82, 12, "#e8bf8c") +
  rect(-84, -60, 168, 12, 0, k.shade) +
  path("M-86 -88Q-86 -112 -62 -112H62Q86 -112 86 -88V-80Q72 -64 58 -80T30 -80T2 -80T-26 -80T-56 -80T-86 -80Z", "#fffaf4") +
  oval(0, -130, 21, 21, k.tone) +
  line("M0 -150Q4 -166 15 -172", "#7a5334", 4) +
  oval(-46, -120, 13, 13, k.shade) +
  oval(46, -120, 13, 13, k.shade);

export const cup = (k) =>
  steam(-6, -142) +
  line("M60 -98Q106 -100 100 -62Q94 -30 52 -34", k.body, 15) +
  path("M-72 -126H68L58 -22Q56 0 36 0H-40Q-60 0 -62 -22Z", k.body) +
  oval(-2, -126, 70, 17, k.pale) +
  oval(-2, -123, 58, 12, k.shade) +
  shine(-54, -104, 78);

export const nuts = (k) =>
  [[-52, -22, -20], [52, -22, 24], [0, -24, 4], [-28, -60, 30], [30, -60, -28], [0, -94, 0]]
    .map(
      ([x, y, turn]) =>
        `<g transform="translate(${x} ${y}) rotate(${turn})">` +
        path("M0 -32Q32 -14 20 16Q0 34 -20 16Q-32 -14 0 -32Z", k.body) +
        line("M0 -24Q-5 0 0 22M-11 -12Q-14 4 -9 18M11 -12Q14 4 9 18", k.deep, 2.4, 'opacity=".5"') +
        "</g>",
    )
    .join("");

export const pot = (k) =>
  steam(0, -160) +
  rect(-122, -92, 36, 16, 8, k.deep) +
  rect(86, -92, 36, 16, 8, k.deep) +
  path("M-94 -108H94V-34Q94 0 60 0H-60Q-94 0 -94 -34Z", k.body) +
  path("M-98 -108Q-84 -138 0 -140T98 -108Z", k.deep) +
  oval(0, -146, 15, 11, k.cap) +
  shine(-80, -96, 74);
