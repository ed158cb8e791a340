/**
 * Products of the beauty counter. A shape stands on (0, 0), grows upwards and is about 200 tall.
 * `k` holds its colours: body, cap and glass (gradients), tone, deep, pale and shade (plain).
 */
import { group, label, leaf, line, oval, path, rect, shine } from "./pen.js";

export const serum = (k) =>
  rect(-45, -122, 90, 122, 20, k.glass) +
  path("M-45 -74H45V-20Q45 0 25 0H-25Q-45 0 -45 -20Z", k.tone, 'opacity=".55"') +
  rect(-17, -138, 34, 20, 4, k.deep) +
  rect(-23, -158, 46, 24, 5, k.cap) +
  path("M-13 -156V-190Q-13 -206 0 -206T13 -190V-156Z", k.deep) +
  label(k.deep, -31, -92, 62, 62) +
  shine(-38, -108, 92);

export const lotion = (k) =>
  rect(-47, -152, 94, 152, 24, k.body) +
  rect(-22, -170, 44, 20, 5, k.cap) +
  rect(-5, -190, 10, 24, 2, k.cap) +
  path("M-46 -197Q-46 -206 -36 -206H14Q24 -206 24 -196V-188H-26L-40 -180Q-46 -180 -46 -188Z", k.cap) +
  label(k.deep, -30, -112, 60, 74) +
  shine(-39, -134, 110);

export const cream = (k) =>
  rect(-74, -78, 148, 78, 20, k.glass) +
  rect(-62, -68, 124, 60, 14, k.tone, 'opacity=".62"') +
  rect(-78, -122, 156, 50, 14, k.cap) +
  rect(-78, -84, 156, 6, 3, "#000", 'opacity=".08"') +
  label(k.deep, -34, -60, 68, 44) +
  shine(-66, -62, 46);

export const tube = (k) =>
  path("M-46 -204H46L34 -24H-34Z", k.body) +
  rect(-47, -212, 94, 20, 3, k.body) +
  line("M-36 -208V-196M-24 -208V-196M-12 -208V-196M0 -208V-196M12 -208V-196M24 -208V-196M36 -208V-196", "#fff", 1.6, 'opacity=".5"') +
  rect(-34, -28, 68, 28, 6, k.cap) +
  label(k.deep, -26, -146, 52, 78) +
  path("M-36 -184L-30 -48H-24L-29 -184Z", "#fff", 'opacity=".36"');

export const lipstick = (k) =>
  rect(34, -112, 58, 112, 9, k.body) +
  rect(34, -30, 58, 6, 0, k.cap) +
  shine(42, -100, 64, 6) +
  rect(-66, -84, 62, 84, 8, k.body) +
  rect(-62, -106, 54, 26, 4, k.cap) +
  rect(-57, -134, 44, 32, 3, k.cap) +
  path("M-55 -132V-182Q-55 -190 -48 -195L-24 -211Q-15 -216 -15 -206V-132Z", k.shade) +
  path("M-51 -186L-24 -205Q-19 -208 -19 -202L-47 -178Q-51 -178 -51 -186Z", "#fff", 'opacity=".28"') +
  shine(-58, -74, 58, 6);

export const compact = (k) =>
  oval(0, -128, 80, 80, k.cap) +
  oval(0, -128, 69, 69, "#f7f3ee") +
  path("M-46 -160A60 60 0 0 1 8 -190L-34 -92A60 60 0 0 1 -46 -160Z", "#fff", 'opacity=".75"') +
  rect(-26, -58, 52, 14, 4, k.cap) +
  path("M-90 -34V-22A90 24 0 0 0 90 -22V-34Z", k.cap) +
  oval(0, -34, 90, 24, k.cap) +
  oval(0, -36, 74, 17, k.shade) +
  oval(-16, -39, 34, 7, "#fff", 'opacity=".3"');

export const palette = (k) =>
  rect(-104, -146, 208, 146, 18, k.body) +
  rect(-94, -136, 188, 126, 11, "#fffaf4") +
  [0, 1, 2, 3, 4, 5]
    .map((i) =>
      rect(-84 + 58 * (i % 3), -126 + 56 * Math.floor(i / 3), 52, 50, 9, k.range(i / 5)) +
      path(`M${-80 + 58 * (i % 3)} ${-96 + 56 * Math.floor(i / 3)}l24 -26h14l-34 38z`, "#fff", 'opacity=".25"'),
    )
    .join("");

export const mascara = (k) =>
  rect(-62, -206, 40, 206, 14, k.body) +
  rect(-62, -104, 40, 8, 0, k.cap) +
  shine(-55, -192, 80, 6) +
  group(
    "rotate(14 40 0)",
    rect(22, -94, 38, 94, 13, k.body),
    rect(37, -142, 8, 52, 2, k.cap),
    rect(28, -214, 26, 76, 12, k.deep),
    line("M24 -204H58M24 -192H58M24 -180H58M24 -168H58M24 -156H58M24 -146H58", k.deep, 3.4),
  );

export const perfume = (k) =>
  rect(-68, -132, 136, 132, 18, k.glass) +
  path("M-56 -84H56V-24Q56 -12 44 -12H-44Q-56 -12 -56 -24Z", k.tone, 'opacity=".6"') +
  rect(-15, -150, 30, 20, 3, k.cap) +
  rect(-31, -206, 62, 58, 10, k.cap) +
  label(k.deep, -30, -96, 60, 50) +
  shine(-58, -116, 96) +
  shine(-24, -198, 42, 6);

export const mask = (k) =>
  group(
    "rotate(7)",
    rect(-48, -200, 128, 190, 8, k.deep, 'opacity=".55"'),
  ) +
  rect(-72, -204, 144, 204, 8, k.body) +
  rect(-72, -204, 144, 18, 6, "#fff", 'opacity=".3"') +
  path("M-44 -128Q-44 -168 0 -168T44 -128Q44 -74 0 -52Q-44 -74 -44 -128Z", "#fffaf4", 'opacity=".95"') +
  oval(-17, -122, 9, 5, k.tone) +
  oval(17, -122, 9, 5, k.tone) +
  line("M-11 -88Q0 -81 11 -88", k.tone, 4.4) +
  rect(-36, -32, 72, 4, 2, "#fff", 'opacity=".8"') +
  rect(-22, -22, 44, 4, 2, "#fff", 'opacity=".5"');

export const polish = (k) =>
  rect(-46, -92, 92, 92, 24, k.shade) +
  rect(-46, -92, 92, 92, 24, k.glass, 'opacity=".35"') +
  rect(-20, -102, 40, 14, 3, k.cap) +
  path("M-20 -102L-15 -202Q-14 -208 -8 -208H8Q14 -208 15 -202L20 -102Z", k.deep) +
  shine(-37, -78, 58) +
  shine(-10, -196, 78, 5);

export const brush = (k) =>
  group(
    "rotate(-12 0 0)",
    path("M-9 0L-13 -92H13L9 0Q0 6 -9 0Z", k.body),
    path("M-13 -92L-20 -132H20L13 -92Z", k.cap),
    path("M-20 -132Q-46 -176 -26 -204Q0 -226 26 -204Q46 -176 20 -132Z", k.shade),
    path("M-34 -188Q-28 -206 0 -214Q28 -206 34 -188Q0 -202 -34 -188Z", "#fff", 'opacity=".4"'),
  );

export const soap = (k) =>
  rect(-92, -26, 184, 26, 13, k.cap) +
  rect(-74, -92, 148, 70, 30, k.body) +
  rect(-50, -74, 100, 34, 17, "none", `stroke="#fff" stroke-width="4" opacity=".6"`) +
  leaf(0, -44, 24, 0, "#fff") +
  oval(64, -112, 18, 18, "#fff", 'opacity=".45"') +
  oval(88, -140, 11, 11, "#fff", 'opacity=".4"') +
  oval(44, -140, 9, 9, "#fff", 'opacity=".5"');

export const essence = (k) =>
  path("M-46 -22Q-46 0 -24 0H24Q46 0 46 -22V-128Q46 -146 28 -150V-166H-28V-150Q-46 -146 -46 -128Z", k.glass) +
  path("M-46 -96H46V-22Q46 0 24 0H-24Q-46 0 -46 -22Z", k.tone, 'opacity=".6"') +
  rect(-31, -206, 62, 44, 9, k.cap) +
  label(k.deep, -30, -112, 60, 72) +
  shine(-38, -124, 100);
