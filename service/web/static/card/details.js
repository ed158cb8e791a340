/** What there is to know about a product, as it stands in its sheet. */
import { photo } from "./art/photo.js";
import { h, icon } from "./dom.js";
import { count, label, t, text } from "./language.js";
import { offers, price, stars } from "./tile.js";

const FEW = 5; // say how many are left from here on

/** Lay out a product; `hide` is what “not interested” does. */
export function details(item, hide) {
  return [
    h("figure.sheet-picture", {}, photo(h("img", { alt: "" }), item)),
    h(
      "div.sheet-body",
      {},
      h(
        "header",
        {},
        h("p.sheet-over", {}, [label(item.brand), label(item.category)].filter(Boolean).join(" · ")),
        h("h2", { id: "sheet-title" }, text(item, "title")),
      ),
      h("p.sheet-price", {}, price(item)),
      offers(item),
      trust(item),
      item.tags?.length > 0 && h("ul.tags", {}, item.tags.map((tag) => h("li.fact", {}, label(tag)))),
      text(item, "description") && h("section", {}, h("h3", {}, t("about")), h("p.sheet-about", {}, text(item, "description"))),
      attributes(item),
      h("button.quiet", { type: "button", onclick: hide }, icon("hide", 18), t("notInterested")),
    ),
  ];
}

function trust({ rating, reviews, sales, stock }) {
  const said = [
    stars({ rating }),
    reviews > 0 && h("span", {}, t("reviews", { count: count(reviews) })),
    sales > 0 && h("span", {}, t("sold", { count: count(sales) })),
    stock === 0 && h("span.is-low", {}, t("soldOut")),
    stock > 0 && stock <= FEW && h("span.is-low", {}, t("left", { count: stock })),
  ].filter(Boolean);
  return said.length > 0 && h("p.sheet-trust", {}, said);
}

function attributes(item) {
  const rows = [
    [t("brand"), item.brand],
    [t("category"), item.category],
    ...Object.entries(item.attributes ?? {}).map(([name, value]) => [label(name), value]),
  ].filter(([, value]) => value);
  if (!rows.length) return null;
  const cells = rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, label(value))]);
  return h("section", {}, h("h3", {}, t("details")), h("dl.sheet-attributes", {}, cells));
}
