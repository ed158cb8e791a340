/** Any metric over time, when people come, and where they come from. */
import { fill, h } from "../../card/dom.js";
import { dayName, figure, partName, t, text } from "../language.js";
import { chooser, days, download, empty, panel } from "../parts.js";
import { bars, line, week } from "../svg.js";

let chosen = "opens";

export async function trend(stage, { api, redraw }) {
  const all = await api.get("metrics", days());
  const over = all.metrics.filter(({ by }) => by.includes("day"));
  if (!over.some(({ slug }) => slug === chosen)) chosen = over[0].slug;
  const one = all.metrics.find(({ slug }) => slug === chosen);
  const parts = ["referrer", "segment", "placement"].filter((by) => one.by.includes(by));
  const [series, when, ...apart] = await Promise.all([
    api.get(`metrics/${chosen}`, days()),
    api.get("metrics/opens", { ...days(), by: "hour_of_week" }),
    ...parts.map((by) => api.get(`metrics/${chosen}`, { ...days(), by })),
  ]);
  const pick = (slug) => {
    chosen = slug;
    redraw();
  };
  const chips = h("div.chips", { role: "group" }, over.map((metric) => h("button", { type: "button", "aria-pressed": String(metric.slug === chosen), onclick: () => pick(metric.slug) }, text(metric, "title"))));
  const sure = one.low == null ? t("notSure") : t("likely", { low: figure(one.low, one.unit), high: figure(one.high, one.unit) });
  const titles = { referrer: t("from"), segment: t("who"), placement: t("where") };
  const panels = apart.map((part) => panel(titles[part.by], "", bars(part.points.map((point) => ({ ...point, name: partName(part.by, point.key) })).sort((a, b) => (b.value ?? 0) - (a.value ?? 0)), one.unit)));
  const [left, right] = [panels.filter((_, n) => n % 2 === 0), panels.filter((_, n) => n % 2 === 1)];
  const there = series.points.some(({ value }) => value);
  fill(
    stage,
    h("div.bar", {}, chooser(redraw), download(api.csv(`metrics/${chosen}`, days()))),
    chips,
    panel(
      text(one, "title"),
      h("p", {}, text(one, "good")),
      h("p.headline", {}, h("b", {}, figure(one.value, one.unit)), h("span", {}, t("againstBefore", { value: figure(one.before, one.unit) }), " · ", sure)),
      there ? [line(series.points, one.unit, { title: text(one, "title"), height: 260 }), h("p.chart-note", {}, t("band")), table(series.points, one.unit)] : empty(t("nothingYet"), text(one, "good")),
    ),
    h(`div.columns${left.length ? ".is-even" : ""}`, {}, left.length > 0 && h("div.stack", {}, left), h("div.stack", {}, right, panel(t("when"), t("whenNote"), week(when.points)))),
  );
}

/** The same numbers for who cannot see the line. */
function table(points, unit) {
  const rows = points.map(({ key, value, low, high }) => h("tr", {}, h("th", { scope: "row" }, dayName(key)), h("td", {}, figure(value, unit)), h("td", {}, low == null ? "–" : `${figure(low, unit)} – ${figure(high, unit)}`)));
  return h("details.table", {}, h("summary", {}, t("tableOf")), h("table", {}, h("tbody", {}, rows.reverse())));
}
