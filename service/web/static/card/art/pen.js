/** The few strokes all illustrations are drawn with: each returns a piece of SVG as text. */

export const rect = (x, y, w, h, r, fill, more = "") =>
  `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}" fill="${fill}" ${more}/>`;

export const oval = (cx, cy, rx, ry, fill, more = "") =>
  `<ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;

export const path = (d, fill, more = "") => `<path d="${d}" fill="${fill}" ${more}/>`;

export const line = (d, stroke, width, more = "") =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round" ${more}/>`;

export const group = (transform, ...parts) => `<g transform="${transform}">${parts.join("")}</g>`;

/** A strip of light down the left side of a body. */
export const shine = (x, y, h, w = 7) => rect(x, y, w, h, w / 2, "#fff", 'opacity=".38"');

/** A paper label with a brand mark and two lines of small print. */
export const label = (ink, x, y, w, h) =>
  rect(x, y, w, h, 5, "#fffaf4", 'opacity=".94"') +
  oval(x + w / 2, y + h * 0.34, h * 0.13, h * 0.13, ink, 'opacity=".75"') +
  rect(x + w * 0.2, y + h * 0.6, w * 0.6, 3.4, 1.7, ink, 'opacity=".6"') +
  rect(x + w * 0.3, y + h * 0.76, w * 0.4, 3.4, 1.7, ink, 'opacity=".35"');

/** Three threads of steam that rise from (x, y). */
export const steam = (x, y) =>
  [-20, 0, 20]
    .map((dx, i) =>
      line(`M${x + dx} ${y}q-9 -13 0 -24t0 -${20 + 4 * (i % 2)}`, "#fff", 4.5, 'opacity=".6"'),
    )
    .join("");

/** One leaf that grows from (x, y), turned by `turn` degrees. */
export const leaf = (x, y, size, turn, fill) =>
  group(
    `translate(${x} ${y}) rotate(${turn}) scale(${size / 40})`,
    path("M0 0C-17 -10 -17 -30 0 -42C17 -30 17 -10 0 0Z", fill),
    line("M0 -3V-34", "#fff", 1.6, 'opacity=".4"'),
  );

/** A number in [0, 1) for `text` and `salt`: the same on every machine (FNV-1a, then mixed). */
export function chance(text, salt) {
  let hash = 2166136261;
  for (const unit of `${salt}\u001f${text}`) {
    hash = Math.imul(hash ^ unit.codePointAt(0), 16777619);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 4294967296;
}
