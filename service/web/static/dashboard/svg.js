/** Pictures of numbers: line with its interval, funnel, bars, week heat map, spark line, meter. */
import { fill, h } from "../card/dom.js";
import { dayName, figure, t } from "./language.js";

const SVG = "http://www.w3.org/2000/svg";

/** Make an SVG element. */
export function s(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value != null) element.setAttribute(key, String(value));
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/** Return the least round number that is not below a value: 1, 2, 2.5 or 5 times a power of ten. */
export function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

/** Draw a smooth path through points that never swings beyond them (monotone cubic). */
function smooth(points) {
  if (points.length < 3) return points.map(([x, y], n) => `${n ? "L" : "M"}${x},${y}`).join("");
  const slopes = points.slice(1).map(([x, y], n) => (y - points[n][1]) / (x - points[n][0]));
  const tangents = points.map((_, n) => {
    if (n === 0) return slopes[0];
    if (n === points.length - 1) return slopes.at(-1);
    const [a, b] = [slopes[n - 1], slopes[n]];
    return a * b <= 0 ? 0 : (2 * a * b) / (a + b);
  });
  let path = `M${points[0][0]},${points[0][1]}`;
  for (let n = 1; n < points.length; n += 1) {
    const [[x0, y0], [x1, y1]] = [points[n - 1], points[n]];
    const third = (x1 - x0) / 3;
    path += `C${r(x0 + third)},${r(y0 + tangents[n - 1] * third)} ${r(x1 - third)},${r(y1 - tangents[n] * third)} ${r(x1)},${r(y1)}`;
  }
  return path;
}

const r = (number) => Math.round(number * 10) / 10;

/**
 * A line over days with the band of its interval; touch or hover tells each day.
 *
 * @param {{ key: string, value: number|null, low: number|null, high: number|null }[]} points
 */
export function line(points, unit, { height = 220, title = "" } = {}) {
  const frame = h("figure.chart.chart-line", { role: "img", "aria-label": described(points, unit, title), tabindex: "0" });
  const tip = h("div.tip", { hidden: true });
  const draw = () => {
    const width = frame.clientWidth;
    if (width > 40) drawLine(frame, tip, points, unit, width, height);
  };
  new ResizeObserver(draw).observe(frame);
  return frame;
}

function described(points, unit, title) {
  const known = points.filter(({ value }) => value != null);
  if (!known.length) return `${title}: ${t("nothingYet")}`;
  const last = known.at(-1);
  return `${title}: ${dayName(last.key)} ${figure(last.value, unit)}`;
}

function drawLine(frame, tip, points, unit, width, height) {
  const values = points.map(({ value }) => value ?? 0);
  const most = Math.max(...values);
  const bands = points.map(({ high, value }) => Math.min(high ?? value ?? 0, most * 1.9 || 4));
  const top = ceiling(Math.max(most, ...bands.slice().sort((a, b) => a - b).slice(0, Math.ceil(bands.length * 0.9))) || 1);
  const left = 8 + 7 * Math.max(...[0, top / 2, top].map((tick) => [...figure(tick, unit)].length));
  const [right, bottom, head] = [14, 24, 10];
  const x = (n) => left + ((width - left - right) * n) / Math.max(points.length - 1, 1);
  const y = (value) => head + (height - head - bottom) * (1 - Math.min(value, top) / top);
  const spots = points.map((point, n) => [x(n), y(point.value ?? 0)]);
  const known = points.map((point, n) => ({ ...point, n })).filter(({ value }) => value != null);
  const runs = known.map(({ n }) => spots[n]);
  const banded = known.filter(({ low, high }) => low != null && high != null);
  const upper = banded.map(({ n, high }) => [x(n), y(high)]);
  const lower = banded.map(({ n, low }) => [x(n), y(low)]).reverse();
  const every = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor((width - left) / 58))));
  const cross = s("g", { class: "cross", visibility: "hidden" }, s("line", { y1: head, y2: height - bottom }), s("circle", { r: 5 }));
  const svg = s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
    [0, top / 2, top].map((tick) => [
      s("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
      s("text", { class: "axis", x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, figure(tick, unit)),
    ]),
    points.map((point, n) => {
      if ((points.length - 1 - n) % every) return null;
      const anchor = n === points.length - 1 ? "end" : "middle";
      return s("text", { class: "axis", x: anchor === "end" ? x(n) + 8 : x(n), y: height - 6, "text-anchor": anchor }, dayName(point.key));
    }),
    upper.length > 1 && s("path", { class: "band", d: `${smooth(upper)}L${smooth(lower).slice(1)}Z` }),
    runs.length > 1 && s("path", { class: "area", d: `${smooth(runs)}L${runs.at(-1)[0]},${y(0)}L${runs[0][0]},${y(0)}Z` }),
    runs.length > 1 && s("path", { class: "line", d: smooth(runs) }),
    runs.length > 0 && s("circle", { class: "dot", cx: runs.at(-1)[0], cy: runs.at(-1)[1], r: 4 }),
    cross,
  );
  const show = (n) => {
    const point = points[n];
    const [cx, cy] = spots[n];
    cross.setAttribute("visibility", "visible");
    const [rule, dot] = cross.children;
    for (const end of ["x1", "x2"]) rule.setAttribute(end, cx);
    dot.setAttribute("cx", cx);
    dot.setAttribute("cy", cy);
    dot.setAttribute("visibility", point.value == null ? "hidden" : "inherit");
    const sure = point.low != null && point.high != null && `${figure(point.low, unit)} – ${figure(point.high, unit)}`;
    fill(tip, h("b", {}, figure(point.value, unit)), h("span", {}, dayName(point.key, { month: "short", day: "numeric", weekday: "short" })), sure && h("small", {}, sure));
    tip.hidden = false;
    tip.style.left = `${Math.min(Math.max(cx, 62), width - 62)}px`;
  };
  let shown = points.length - 1;
  const near = (event) => {
    const at = event.clientX - svg.getBoundingClientRect().left;
    shown = Math.min(points.length - 1, Math.max(0, Math.round(((at - left) / (width - left - right)) * (points.length - 1))));
    show(shown);
  };
  const hide = () => {
    tip.hidden = true;
    cross.setAttribute("visibility", "hidden");
  };
  svg.onpointermove = near;
  svg.onpointerdown = near;
  svg.onpointerleave = hide;
  frame.onblur = hide;
  frame.onkeydown = ({ key }) => {
    if (key !== "ArrowLeft" && key !== "ArrowRight") return;
    shown = Math.min(points.length - 1, Math.max(0, shown + (key === "ArrowLeft" ? -1 : 1)));
    show(shown);
  };
  fill(frame, svg, tip);
}

/** A little line without axes. */
export function spark(values) {
  const [width, height] = [88, 28];
  const most = Math.max(...values, 1e-9);
  const spots = values.map((value, n) => [r(2 + ((width - 6) * n) / Math.max(values.length - 1, 1)), r(height - 3 - ((height - 7) * value) / most)]);
  return s(
    "svg",
    { class: "spark", viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
    s("path", { d: smooth(spots) }),
    s("circle", { cx: spots.at(-1)[0], cy: spots.at(-1)[1], r: 2.6 }),
  );
}

/** Steps that get narrower, each with its share of the one before. */
export function funnel(steps) {
  const most = Math.max(...steps.map(({ value }) => value), 1);
  return h(
    "ol.funnel",
    {},
    steps.map(({ name, value, note }) => {
      const bar = h("i", { "aria-hidden": "true" });
      bar.style.width = `${Math.max((100 * value) / most, 1.5)}%`;
      return h("li", {}, h("span.funnel-name", {}, name), h("span.funnel-bar", {}, bar), h("b", {}, figure(value, "count")), h("small", {}, note ?? ""));
    }),
  );
}

/** Bars side by side with their intervals as whiskers. */
export function bars(rows, unit) {
  const known = rows.filter(({ value }) => value != null);
  if (!known.some(({ value }) => value > 0)) return h("p.quiet", {}, t("nothingYet"));
  const most = Math.max(...known.map(({ value, high }) => Math.min(high ?? value, 2 * value || 0)), 1e-9);
  const part = (value) => `${Math.min(100, (100 * value) / most)}%`;
  return h(
    "ul.bars",
    {},
    known.map(({ name, value, low, high }) => {
      const bar = h("i", { "aria-hidden": "true" });
      bar.style.width = part(value);
      const whisker = low != null && high != null && high > low && h("em", { "aria-hidden": "true" });
      if (whisker) {
        whisker.style.left = part(low);
        whisker.style.width = `calc(${part(high)} - ${part(low)})`;
      }
      return h("li", {}, h("span.bars-name", {}, name), h("span.bars-track", {}, bar, whisker), h("b", {}, figure(value, unit)));
    }),
  );
}

/** The hours of a week, darker where more happened. */
export function week(points) {
  const most = Math.max(...points.map(({ value }) => value ?? 0), 1);
  const [cell, left, top] = [13, 30, 4];
  const say = ({ key, value }) => `${t(`d${key[0]}`)} ${key.slice(2)}:00 · ${value ?? 0}`;
  const hours = [0, 6, 12, 18, 23];
  return h(
    "figure.chart.chart-week",
    {},
    s(
      "svg",
      { viewBox: `0 0 ${left + 24 * cell + 2} ${top + 7 * cell + 18}`, role: "img", "aria-label": t("whenNote") },
      points.map((point) => {
        const [day, hour] = [Number(point.key[0]) - 1, Number(point.key.slice(2))];
        const depth = Math.sqrt((point.value ?? 0) / most);
        return s(
          "rect",
          { x: left + hour * cell, y: top + day * cell, width: cell - 2, height: cell - 2, rx: 3, class: point.value ? "hot" : "cold", "fill-opacity": point.value ? r(0.16 + 0.84 * depth) : 1 },
          s("title", {}, say(point)),
        );
      }),
      [1, 2, 3, 4, 5, 6, 7].map((day) => s("text", { class: "axis", x: left - 6, y: top + (day - 1) * cell + 9.5, "text-anchor": "end" }, t(`d${day}`))),
      hours.map((hour) => s("text", { class: "axis", x: left + hour * cell + cell / 2 - 1, y: top + 7 * cell + 13, "text-anchor": "middle" }, String(hour))),
    ),
  );
}

/** How far a figure is on its way to being sure. */
export function meter({ enough, precision, more_visits: more }, near = 0.2) {
  const part = enough ? 1 : precision ? Math.min(0.95, (near / precision) ** 2) : 0.04;
  const bar = h("i", { "aria-hidden": "true" });
  bar.style.width = `${Math.round(100 * Math.max(part, 0.04))}%`;
  return h(
    `span.meter${enough ? ".is-enough" : ""}`,
    {},
    h("span.meter-track", {}, bar),
    h("small", {}, enough ? t("enough") : t("more", { n: figure(more, "count") })),
  );
}
