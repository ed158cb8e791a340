/** What several rooms are made of: panels, tiles, empty states, the choice of days. */
import { h } from "../card/dom.js";
import { figure, t, text } from "./language.js";

/** A panel with its title and what stands beside it. */
export function panel(title, note, ...children) {
  return h(
    "section.panel",
    {},
    h("header.panel-head", {}, h("h2", {}, title), note && (typeof note === "string" ? h("p", {}, note) : note)),
    children.flat(),
  );
}

/** Say that there is nothing, and what to do about it. */
export function empty(sentence, hint, action = null) {
  return h("div.empty", {}, h("p.empty-line", {}, sentence), h("p", {}, hint), action);
}

/** One figure with how it moved; neither chance nor a day that is not over is called a change. */
export function tile(one, { before, over = true, extra = null } = {}) {
  const moved = over && one.clear && one.value != null && one.before != null;
  const way = moved ? (one.value > one.before ? ".is-up" : ".is-down") : "";
  return h(
    `article.tile${way}`,
    { "data-metric": one.slug, title: one.low == null ? null : t("likely", { low: figure(one.low, one.unit), high: figure(one.high, one.unit) }) },
    h("h3", {}, text(one, "title")),
    h("b", {}, figure(one.value, one.unit)),
    h("small", {}, moved && h("i", { "aria-hidden": "true" }, one.value > one.before ? "↑ " : "↓ "), t(before, { value: figure(one.before, one.unit) })),
    extra,
  );
}

let span = 30;

/** Return the days that are looked at, as the API asks for them: it knows when her days begin. */
export const days = () => ({ days: span });

/** Let her choose 7, 30 or 90 days. */
export function chooser(redraw) {
  return h(
    "div.chooser",
    { role: "group" },
    [7, 30, 90].map((count) =>
      h("button", { type: "button", "aria-pressed": String(count === span), onclick: () => { span = count; redraw(); } }, t(`days${count}`)),
    ),
  );
}

/** A link to the same numbers as a spreadsheet. */
export function download(address) {
  return h("a.chip-button.download", { href: address, download: "" }, t("export"));
}

/** A labelled field; `hint` stands below it. */
export function field(label, input, hint = "") {
  return h("label.field", {}, h("span", {}, label), input, hint && h("small", {}, hint));
}
