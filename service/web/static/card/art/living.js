/** Things to live with and to play with; drawn like the beauty counter's. */
import { group, leaf, line, oval, path, rect, shine } from "./pen.js";

export const candle = (k) =>
  path("M0 -206Q20 -178 0 -160Q-20 -178 0 -206Z", "#f6b04a") +
  path("M0 -190Q9 -174 0 -164Q-9 -174 0 -190Z", "#fff3cf") +
  line("M0 -162V-142", "#6d5a4c", 4) +
  oval(0, -128, 60, 15, k.pale) +
  path("M-60 -128V-18Q-60 0 -42 0H42Q60 0 60 -18V-128A60 15 0 0 1 -60 -128Z", k.body) +
  rect(-36, -88, 72, 52, 5, "#fffaf4", 'opacity=".94"') +
  rect(-20, -68, 40, 4, 2, k.deep, 'opacity=".7"') +
  rect(-12, -56, 24, 4, 2, k.deep, 'opacity=".4"') +
  shine(-50, -112, 96);

export const vase = (k) =>
  line("M0 -104Q-10 -160 -34 -190M0 -104Q6 -166 8 -206M0 -104Q16 -150 46 -176", k.leaf, 4) +
  leaf(-14, -146, 30, -58, k.leaf) +
  leaf(14, -140, 30, 52, k.leaf) +
  [[-36, -194, 19], [8, -208, 21], [48, -178, 17]]
    .map(([x, y, r]) => oval(x, y, r, r, k.shade) + oval(x, y, r / 2.6, r / 2.6, "#fff3cf"))
    .join("") +
  path("M-24 -112H24Q20 -92 42 -70Q58 -46 44 -16Q38 0 22 0H-22Q-38 0 -44 -16Q-58 -46 -42 -70Q-20 -92 -24 -112Z", k.body) +
  shine(-36, -66, 46);

export const lamp = (k) =>
  path("M-60 -116L-36 -206H36L60 -116Z", k.pale) +
  path("M-60 -116L-36 -206H-14L-26 -116Z", "#fff", 'opacity=".4"') +
  rect(-5, -116, 10, 96, 3, k.cap) +
  oval(0, -12, 48, 12, k.cap) +
  path("M-60 -116H60L118 -40H-118Z", "#fff3cf", 'opacity=".35"');

export const cushion = (k) =>
  path("M-96 -150Q0 -130 96 -150Q84 -76 96 -4Q0 -22 -96 -4Q-84 -76 -96 -150Z", k.body) +
  path("M-58 -112Q0 -100 58 -112Q52 -76 58 -40Q0 -52 -58 -40Q-52 -76 -58 -112Z", "none", `stroke="#fff" stroke-width="4" opacity=".45"`) +
  leaf(0, -54, 42, 0, "#fff");

export const towels = (k) =>
  rect(-96, -42, 192, 42, 20, k.deep) +
  rect(-90, -84, 180, 42, 20, k.body) +
  rect(-84, -126, 168, 42, 20, k.pale) +
  line("M-70 -105H40M-76 -63H46M-82 -21H52", "#fff", 3.4, 'opacity=".5"') +
  leaf(-6, -128, 38, 70, k.leaf) +
  leaf(-6, -128, 34, -66, k.leaf);

export const plant = (k) =>
  [-62, -34, 0, 34, 62].map((turn, i) => leaf(0, -88, 96 + 12 * (i % 2), turn, k.leaf)).join("") +
  path("M-60 -96H60L46 0H-46Z", k.body) +
  rect(-66, -108, 132, 26, 7, k.body) +
  rect(-66, -88, 132, 6, 3, "#000", 'opacity=".08"');

export const bear = (k) =>
  oval(-46, -176, 24, 24, k.body) +
  oval(46, -176, 24, 24, k.body) +
  oval(-46, -176, 12, 12, k.pale) +
  oval(46, -176, 12, 12, k.pale) +
  oval(0, -46, 66, 54, k.body) +
  oval(0, -42, 38, 34, k.pale) +
  oval(0, -134, 64, 58, k.body) +
  oval(0, -116, 27, 21, k.pale) +
  oval(-22, -144, 6, 7, "#4a3a33") +
  oval(22, -144, 6, 7, "#4a3a33") +
  oval(0, -123, 8, 6, "#4a3a33") +
  oval(-44, -10, 24, 14, k.deep) +
  oval(44, -10, 24, 14, k.deep);

export const milk = (k) =>
  path("M-14 -168Q-14 -206 0 -206T14 -168Z", "#f0c9a4") +
  rect(-34, -172, 68, 30, 9, k.cap) +
  rect(-44, -146, 88, 146, 26, k.glass) +
  path("M-44 -88H44V-26Q44 0 18 0H-18Q-44 0 -44 -26Z", "#fffaf4", 'opacity=".9"') +
  line("M20 -118H36M20 -92H36M20 -66H36M20 -40H36", k.deep, 3.4, 'opacity=".6"') +
  shine(-35, -128, 100);

export const blocks = (k) =>
  rect(-94, -88, 88, 88, 12, k.body) +
  rect(8, -88, 88, 88, 12, k.deep) +
  rect(-44, -178, 88, 88, 12, k.shade) +
  oval(-50, -44, 22, 22, "#fffaf4", 'opacity=".85"') +
  path("M52 -68L76 -24H28Z", "#fffaf4", 'opacity=".85"') +
  rect(-20, -154, 40, 40, 8, "#fffaf4", 'opacity=".85"');

export const phone = (k) =>
  rect(-54, -206, 108, 206, 22, k.deep) +
  rect(-47, -199, 94, 192, 16, k.body) +
  rect(-16, -190, 32, 9, 4.5, k.deep) +
  oval(0, -98, 26, 26, "#fff", 'opacity=".35"') +
  path("M-47 -160L20 -199H-31Q-47 -199 -47 -183Z", "#fff", 'opacity=".22"');

export const headphones = (k) =>
  line("M-72 -72V-100Q-72 -186 0 -186T72 -100V-72", k.deep, 17) +
  rect(-94, -92, 46, 92, 22, k.body) +
  rect(48, -92, 46, 92, 22, k.body) +
  rect(-56, -80, 16, 68, 8, k.cap) +
  rect(40, -80, 16, 68, 8, k.cap);

export const dumbbell = (k) =>
  rect(-84, -64, 168, 22, 8, k.cap) +
  rect(-112, -106, 34, 106, 13, k.body) +
  rect(78, -106, 34, 106, 13, k.body) +
  rect(-82, -90, 24, 74, 10, k.deep) +
  rect(58, -90, 24, 74, 10, k.deep);

export const yoga = (k) =>
  path("M-60 -12H112Q120 -12 120 -4T112 4H-60Z", k.deep) +
  oval(-60, -58, 62, 62, k.body) +
  oval(-60, -58, 42, 42, k.pale) +
  oval(-60, -58, 24, 24, k.body) +
  oval(-60, -58, 9, 9, k.pale);

export const book = (k) =>
  group(
    "rotate(-5)",
    rect(-72, -196, 144, 190, 10, k.deep),
    rect(-62, -196, 136, 182, 6, "#fffaf4"),
    rect(-66, -200, 140, 184, 9, k.body),
    rect(-66, -200, 20, 184, 6, "#000", 'opacity=".12"'),
    rect(-30, -160, 84, 44, 5, "#fffaf4", 'opacity=".92"'),
    rect(-16, -142, 56, 5, 2.5, k.deep),
  );

export const paw = (k) =>
  path("M-80 0L-70 -174H70L80 0Q0 12 -80 0Z", k.body) +
  rect(-72, -202, 144, 34, 6, k.deep) +
  oval(0, -66, 32, 26, "#fffaf4") +
  [[-40, -102, 14], [-15, -122, 15], [15, -122, 15], [40, -102, 14]]
    .map(([x, y, r]) => oval(x, y, r, r * 1.15, "#fffaf4"))
    .join("");

export const pills = (k) =>
  rect(-52, -140, 104, 140, 18, k.body) +
  rect(-56, -184, 112, 50, 10, k.cap) +
  rect(-52, -110, 104, 76, 0, "#fffaf4", 'opacity=".95"') +
  group(
    "rotate(-32 0 -72)",
    rect(-32, -86, 32, 28, 14, k.shade),
    rect(0, -86, 32, 28, 14, k.pale),
    rect(-8, -86, 16, 28, 0, k.shade, 'opacity=".5"'),
  ) +
  shine(-44, -28, 20);

export const gift = (k) =>
  rect(-80, -116, 160, 116, 12, k.body) +
  rect(-90, -146, 180, 44, 11, k.deep) +
  rect(-15, -146, 30, 146, 0, k.cap) +
  path("M0 -146Q-56 -204 -64 -164Q-60 -144 0 -146Z", k.cap) +
  path("M0 -146Q56 -204 64 -164Q60 -144 0 -146Z", k.cap) +
  oval(0, -148, 13, 11, k.cap) +
  shine(-70, -94, 78);

export const basket = (k) =>
  line("M-62 -112Q-62 -190 0 -190T62 -112", k.deep, 10) +
  path("M-98 -118H98L80 -10Q78 0 66 0H-66Q-78 0 -80 -10Z", k.body) +
  rect(-106, -126, 212, 26, 10, k.deep, 'opacity=".75"') +
  line("M-88 -76H88M-84 -50H84M-80 -24H80M-52 -98L-44 -4M0 -98V-4M52 -98L44 -4", "#fff", 3, 'opacity=".35"');

export const teapot = (k) =>
  line("M76 -92Q122 -98 116 -56Q110 -26 66 -30", k.body, 13) +
  path("M-72 -66L-122 -116L-112 -124L-58 -92Z", k.body) +
  path("M-84 -64Q-84 -120 0 -120T84 -64Q80 0 34 0H-34Q-80 0 -84 -64Z", k.body) +
  path("M-46 -114Q-40 -140 0 -140T46 -114Q0 -128 -46 -114Z", k.deep) +
  oval(0, -146, 12, 11, k.cap) +
  line("M-62 -62Q-60 -26 -34 -14", "#fff", 7, 'opacity=".36"');

export const diffuser = (k) =>
  line("M-6 -96L-46 -206M0 -96L-10 -212M4 -96L28 -208M8 -96L58 -190", "#b58e68", 5) +
  rect(-50, -104, 100, 104, 18, k.glass) +
  path("M-50 -62H50V-18Q50 0 32 0H-32Q-50 0 -50 -18Z", k.tone, 'opacity=".6"') +
  rect(-20, -120, 40, 22, 5, k.cap) +
  rect(-30, -76, 60, 44, 5, "#fffaf4", 'opacity=".94"') +
  rect(-18, -60, 36, 4, 2, k.deep, 'opacity=".7"') +
  shine(-42, -92, 74);

export const pack = (k) =>
  path("M-92 -128Q-60 -146 0 -146T92 -128L96 -10Q0 12 -96 -10Z", k.body) +
  path("M-30 -150Q0 -178 30 -150", "none", `stroke="${k.deep}" stroke-width="9" stroke-linecap="round"`) +
  oval(0, -72, 46, 46, "#fffaf4", 'opacity=".94"') +
  path("M0 -44C-34 -66 -28 -98 -10 -96Q-2 -95 0 -86Q2 -95 10 -96C28 -98 34 -66 0 -44Z", k.tone) +
  line("M-78 -112Q-84 -60 -78 -24", "#fff", 8, 'opacity=".36"');

export const teacake = (k) =>
  oval(0, -84, 88, 88, "#fffaf4") +
  oval(0, -84, 88, 88, "none", `stroke="${k.deep}" stroke-width="2" opacity=".25"`) +
  oval(0, -84, 62, 62, "none", `stroke="${k.tone}" stroke-width="3" opacity=".7"`) +
  oval(0, -84, 30, 30, k.tone, 'opacity=".9"') +
  leaf(0, -66, 38, 0, "#fffaf4") +
  path("M-70 -136Q-40 -168 0 -172Q-46 -152 -62 -118Z", "#fff", 'opacity=".8"');
