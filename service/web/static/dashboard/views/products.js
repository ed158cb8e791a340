/** How each product does: which to pin, which to take down, and doing it on the spot. */
import { photo } from "../../card/art/photo.js";
import { fill, h } from "../../card/dom.js";
import { figure, t, text } from "../language.js";
import { chooser, days, download, empty } from "../parts.js";

const ORDER = { pin: 0, retire: 1, keep: 2, wait: 3 };
const MOST = 60;
let wanted = "all";

export async function products(stage, { api, attempt, redraw, say }) {
  const [told, shelf] = await Promise.all([api.get("products", days()), api.shelf()]);
  const items = new Map(shelf.map((item) => [item.item_id, item]));
  const counts = Object.fromEntries(Object.keys(ORDER).map((advice) => [advice, told.products.filter((one) => one.advice === advice).length]));
  const shown = told.products.filter((one) => wanted === "all" || one.advice === wanted).slice(0, MOST);
  if (wanted === "all") shown.sort((a, b) => ORDER[a.advice] - ORDER[b.advice]);
  const choose = (advice) => {
    wanted = advice;
    redraw();
  };
  const act = (item, change, done, button) =>
    attempt(async () => {
      await api.list(item, change);
      say(t(done));
      await redraw();
    }, button);
  fill(
    stage,
    h("div.bar", {}, chooser(redraw), download(api.csv("products", days()))),
    told.products.length > 0 &&
      h("div.chips", { role: "group" }, [["all", told.products.length], ...Object.entries(counts)].map(([advice, n]) => h("button", { type: "button", "aria-pressed": String(advice === wanted), onclick: () => choose(advice) }, advice === "all" ? t("all") : t(`advice.${advice}`), h("small", {}, n)))),
    told.products.length === 0
      ? empty(t("emptyProducts"), t("emptyProductsHint"), h("a.button.primary", { href: "#shelf" }, t("shelf")))
      : [h("p.quiet", {}, t("average", { value: `${t("tapRate")} ${figure(told.tap_rate, "share")}` })), h("ul.goods", {}, shown.map((one) => row(one, items.get(one.item_id), act)))],
  );
}

function row(one, item, act) {
  const facts = [
    [t("seen"), figure(one.impressions, "count")],
    [t("tapRate"), figure(one.tap_rate, "share")],
    [t("looks"), figure(one.views, "count")],
    [t("dwell"), figure(one.dwell_seconds || null, "seconds")],
    [t("carts"), figure(one.carts, "count")],
    [t("sold"), figure(one.revenue, "yuan")],
  ];
  const hint = { pin: t("pinHint"), retire: t("retireHint") }[one.advice];
  const change = one.pinned ? ["unpin", { pinned: false }, "nowUnpinned"] : ["pin", { pinned: true }, "nowPinned"];
  return h(
    `li.good.is-${one.advice}`,
    { "data-item": one.item_id },
    item && photo(h("img", { alt: "", loading: "lazy" }), item),
    h("div.good-head", {}, h("h3", {}, text(one, "title")), h("p", {}, h(`span.badge.is-${one.advice}`, {}, t(`advice.${one.advice}`)), one.pinned && h("span.badge", {}, t("pinned")), hint && h("small", {}, hint))),
    h("dl.facts", {}, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    item &&
      h(
        "div.good-acts",
        {},
        h("button.button", { type: "button", "data-act": change[0], onclick: (event) => act(item, change[1], change[2], event.currentTarget) }, t(change[0])),
        one.advice === "retire" && h("button.button", { type: "button", "data-act": "retire", onclick: (event) => act(item, { removed: true }, "tookDown", event.currentTarget) }, t("takeDown")),
      ),
  );
}
