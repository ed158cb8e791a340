/** One product as a tile, on the shelf and among the picks. */
import { photo } from "./art/photo.js";
import { fill, h, icon } from "./dom.js";
import { day, label, money, t, text } from "./language.js";

/** Return the address that opens this product on this card. */
export const address = (itemId) => `?item=${encodeURIComponent(itemId)}`;

/** A product's price, with the usual price crossed out where this shop asks less now. */
export function price(item) {
  const usual = Math.max(item.list_price ?? 0, item.usual_price ?? 0);
  const less = item.price != null && usual > item.price;
  return [
    h(item.price == null ? "span.price-ask" : "span.price", {}, money(item.price)),
    less && h("s.price-list", {}, money(usual)),
  ].filter(Boolean);
}

/** The offers that run now, in words: until when, which coupon, for how many. */
export function offers(item) {
  const running = (item.promotions ?? []).filter((one) => one.running);
  return (
    running.length > 0 &&
    h("ul.offers", {}, running.map((one) => h("li.fact", {}, one.label || null, one.label ? " · " : null, said(one))))
  );
}

function said(one) {
  if (one.kind === "coupon") {
    const amount = money(one.amount);
    return one.least > 0 ? t("couponFrom", { amount, least: money(one.least) }) : t("coupon", { amount });
  }
  if (one.kind === "group") return t("group", { price: money(one.price), size: one.group_size });
  return one.ends ? t("limitedUntil", { price: money(one.price), day: day(one.ends) }) : t("limited", { price: money(one.price) });
}

/** A product's stars as one number; nothing where nobody has rated it. */
export function stars(item) {
  if (item.rating == null) return null;
  const value = item.rating.toFixed(1);
  return h("span.stars", { role: "img", "aria-label": t("stars", { value }) }, icon("star", 14), value);
}

/** Reasons as the API words them: the strongest first, at most two. */
export function reasons(list) {
  const said = (list ?? []).filter(({ text: sentence }) => sentence).slice(0, 2);
  return (
    said.length > 0 &&
    h("ul.reasons", {}, said.map(({ text: sentence }) => h("li", {}, icon("spark", 14), sentence)))
  );
}

/**
 * Make a tile; `paint(tile, item, more)` draws it again in place, so that it keeps focus.
 *
 * @param {{ open: (item: object) => void, saved?: boolean, badge?: string, why?: object[] }} more
 */
export function tile(item, more) {
  const element = h("li.tile", { "data-item": item.item_id });
  const link = h("a.tile-link", { href: address(item.item_id) });
  link.onclick = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return; // a new tab is the visitor's wish
    event.preventDefault();
    more.open(item);
  };
  element.append(link);
  return paint(element, item, more);
}

export function paint(element, item, { saved = false, badge = "", why = [] }) {
  const soldOut = item.stock === 0;
  const mark = soldOut ? t("soldOut") : badge;
  const link = element.querySelector(".tile-link");
  const image = link.querySelector("img") ?? h("img", { alt: "", loading: "lazy", decoding: "async" });
  photo(image, item);
  fill(
    link,
    h(
      "figure.tile-picture",
      {},
      image,
      mark && h(soldOut ? "span.badge.is-out" : "span.badge", {}, mark),
      saved && h("span.saved", { role: "img", "aria-label": t("favorited") }, icon("heart", 16)),
    ),
    h(
      "div.tile-body",
      {},
      h("h3.tile-title", { title: label(item.brand) || null }, text(item, "title")),
      reasons(why),
      h("div.tile-line", {}, price(item), stars(item)),
    ),
  );
  return element;
}

/** Tiles that stand in while the real ones are on their way. */
export function skeletons(count) {
  return Array.from({ length: count }, () =>
    h(
      "li.tile.is-skeleton",
      { "aria-hidden": "true" },
      h("div.tile-link", {}, h("div.tile-picture"), h("div.tile-body", {}, h("div.bone"), h("div.bone.is-short"))),
    ),
  );
}
