/** Things to wear and to carry; drawn like the beauty counter's. */
import { leaf, line, oval, path, rect, shine } from "./pen.js";

export const dress = (k) =>
  line("M0 -206q-2 -16 10 -16q12 2 6 12M0 -206L-40 -190M0 -206L40 -190", k.deep, 4) +
  path("M-36 -190Q-18 -166 0 -172Q18 -166 36 -190L44 -150L28 -118Q60 -60 84 -8Q0 14 -84 -8Q-60 -60 -28 -118L-44 -150Z", k.body) +
  rect(-30, -124, 60, 10, 4, k.deep, 'opacity=".5"') +
  line("M-22 -106Q-34 -56 -46 -10M0 -106V2M22 -106Q34 -56 46 -10", "#fff", 2.4, 'opacity=".35"');

export const tee = (k) =>
  path("M-40 -180Q0 -150 40 -180L74 -166L108 -112L76 -92L62 -112V0H-62V-112L-76 -92L-108 -112L-74 -166Z", k.body) +
  line("M-40 -180Q0 -150 40 -180", k.deep, 5, 'opacity=".6"') +
  oval(0, -92, 24, 24, "#fffaf4", 'opacity=".85"') +
  leaf(0, -76, 30, 0, k.deep);

export const bag = (k) =>
  line("M-44 -112V-140Q-44 -196 0 -196T44 -140V-112", k.deep, 11) +
  path("M-86 -118H86L98 -16Q98 0 82 0H-82Q-98 0 -98 -16Z", k.body) +
  path("M-86 -118H86L90 -86Q0 -52 -90 -86Z", k.deep, 'opacity=".5"') +
  rect(-16, -84, 32, 24, 6, k.cap) +
  shine(-80, -80, 62);

export const shoe = (k) =>
  path("M-116 -24Q-116 -100 -96 -104Q-82 -86 -58 -92L-22 -122Q-6 -128 4 -114Q30 -66 84 -58Q116 -52 118 -24Z", k.body) +
  rect(-120, -28, 240, 28, 14, "#fffaf4") +
  rect(-120, -12, 240, 12, 6, k.deep, 'opacity=".4"') +
  line("M-26 -104L-8 -88M-8 -92L10 -74M8 -78L26 -62", "#fff", 5, 'opacity=".85"');

export const ring = (k) =>
  oval(0, -64, 62, 62, "none", `stroke="${k.cap}" stroke-width="15"`) +
  path("M-32 -150L-18 -174H18L32 -150L0 -112Z", k.glass) +
  path("M-32 -150H32L0 -112Z", k.tone, 'opacity=".7"') +
  line("M-32 -150H32M-18 -174L-8 -150L0 -112L8 -150L18 -174", "#fff", 2.4, 'opacity=".8"');

export const watch = (k) =>
  rect(-30, -206, 60, 206, 16, k.body) +
  oval(0, -103, 66, 66, k.cap) +
  oval(0, -103, 54, 54, "#fffaf4") +
  line("M0 -103V-138M0 -103L24 -90", k.deep, 6) +
  rect(64, -110, 12, 14, 4, k.cap);

export const hat = (k) =>
  oval(0, -28, 122, 26, k.body) +
  path("M-66 -34Q-70 -128 0 -130T66 -34Q0 -12 -66 -34Z", k.body) +
  path("M-67 -50Q0 -24 67 -50L66 -32Q0 -10 -66 -32Z", k.deep);

export const jumper = (k) =>
  path("M-44 -184Q0 -160 44 -184L78 -172Q108 -160 118 -30L86 -22L70 -110V0H-70V-110L-86 -22L-118 -30Q-108 -160 -78 -172Z", k.body) +
  line("M-44 -184Q0 -152 44 -184", k.deep, 9, 'opacity=".55"') +
  rect(-70, -16, 140, 16, 4, k.deep, 'opacity=".35"') +
  [-44, -22, 0, 22, 44]
    .map((x) => line(`M${x} -140q8 9 0 18t0 18t0 18t0 18t0 18`, "#fff", 3, 'opacity=".3"'))
    .join("");

export const coat = (k) =>
  path("M-38 -204H38L76 -186Q98 -172 106 -52L78 -46L66 -124L74 0H-74L-66 -124L-78 -46L-106 -52Q-98 -172 -76 -186Z", k.body) +
  path("M-38 -204L0 -116L38 -204L58 -192L20 -112L0 -84L-20 -112L-58 -192Z", k.deep, 'opacity=".55"') +
  line("M0 -88V0", "#fff", 2.6, 'opacity=".4"') +
  [-64, -36].map((y) => oval(-12, y, 5, 5, k.cap) + oval(12, y, 5, 5, k.cap)).join("");

export const trousers = (k) =>
  path("M-56 -204H56L72 0H14L0 -124L-14 0H-72Z", k.body) +
  rect(-58, -208, 116, 20, 5, k.deep, 'opacity=".6"') +
  oval(0, -198, 5, 5, k.cap) +
  line("M0 -186V-126M-48 -182Q-42 -158 -24 -154M48 -182Q42 -158 24 -154", "#fff", 2.6, 'opacity=".45"') +
  line("M-38 -142L-44 -8M38 -142L44 -8", "#fff", 2.2, 'opacity=".25"');

export const skirt = (k) =>
  path("M-46 -178H46L108 -10Q0 16 -108 -10Z", k.body) +
  rect(-49, -190, 98, 22, 6, k.deep, 'opacity=".6"') +
  line("M-32 -164L-72 -8M-12 -164L-26 0M12 -164L26 0M32 -164L72 -8", "#fff", 2.8, 'opacity=".4"');

export const scarf = (k) =>
  path("M-72 -176Q0 -222 72 -176Q84 -140 44 -122Q0 -150 -44 -122Q-84 -140 -72 -176Z", k.body) +
  path("M-30 -138L14 -128L2 -6L-52 -12Z", k.body) +
  path("M4 -134L44 -140L66 -22L18 -14Z", k.deep, 'opacity=".7"') +
  line("M-48 -30L4 -24M-45 -52L6 -46M22 -36L62 -43M18 -58L58 -65", "#fff", 5, 'opacity=".5"') +
  line("M-50 -10V6M-36 -9V8M-22 -8V9M-8 -6V9M24 -13V4M40 -16V2M56 -20V0", k.deep, 3.4);
