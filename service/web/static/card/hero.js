/** Who the seller is: her shop window and her business card. */
import { avatar } from "./art/avatar.js";
import { display } from "./art/display.js";
import { show } from "./art/photo.js";
import { fill, h, icon } from "./dom.js";
import { label, t, text } from "./language.js";

/** The colour of a trade, as an angle on the colour circle: of the page (OKLCH), of pictures (HSL). */
const HUES = [
  [/beauty|美妆|护肤|cosmetic/i, 18, 352],
  [/tea|茶/i, 142, 96],
  [/food|食|snack|生鲜/i, 52, 26],
  [/fashion|服|wear|cloth|鞋|包/i, 332, 318],
  [/baby|母婴|mother|童/i, 236, 205],
  [/home|家居|furnish/i, 72, 38],
];

/** Return `{ page, picture }` hues of a trade; one without a rule is terracotta. */
export function hues(trade) {
  const [, page, drawn] = HUES.find(([words]) => words.test(trade ?? "")) ?? [null, 34, 12];
  return { page, picture: drawn };
}

export class Hero {
  #root;
  #actions;
  #open = false; // whether the whole story is shown

  constructor(root, actions) {
    this.#root = root;
    this.#actions = actions;
  }

  /** Show bones until the card is here. */
  wait() {
    const bones = [h("div.bone.is-short"), h("div.bone"), h("div.bone")];
    fill(this.#root, h("div.cover"), h("div.namecard", { "aria-busy": "true" }, h("div.portrait"), bones));
  }

  /** Draw the card; `shared` tells that a friend sent the visitor here. Return what shows her in an `<img>`. */
  draw(card, items, shared) {
    const drawn = () => avatar(text(card, "name"), hues(card.trade).picture);
    const portrait = (image) => show(image, card.avatar, drawn);
    const facts = [card.region && [icon("pin", 15), label(card.region)], card.trade && [label(card.trade)]];
    fill(
      this.#root,
      h("div.cover", {}, items.length > 0 && h("img", { src: display(items, hues(card.trade).picture), alt: "" })),
      h(
        "div.namecard",
        {},
        h(
          "div.namecard-head",
          {},
          portrait(h("img.portrait", { alt: "" })),
          h("div", {}, h("h1", {}, text(card, "name")), h("p.namecard-title", {}, text(card, "title"))),
        ),
        h("div.namecard-facts", {}, facts.filter(Boolean).map((fact) => h("span.fact", {}, fact))),
        shared && h("p.shared-by", {}, icon("heart", 16), t("sharedBy")),
        this.#story(text(card, "story")),
        this.#figures(items),
        h("button.button.primary", { type: "button", onclick: this.#actions.share }, icon("share", 18), t("shareCard")),
      ),
    );
    return portrait;
  }

  /** A long story shows its beginning; the visitor may ask for the rest. */
  #story(story) {
    if (!story) return null;
    const long = [...story].length > (/\p{Script=Han}/u.test(story) ? 72 : 150);
    const box = h("div.story", {}, h("p", {}, story));
    if (!long) return box;
    const more = h("button", { type: "button" });
    const draw = () => {
      box.classList.toggle("is-short", !this.#open);
      more.setAttribute("aria-expanded", String(this.#open));
      more.textContent = t(this.#open ? "readLess" : "readMore");
    };
    more.onclick = () => {
      this.#open = !this.#open;
      draw();
    };
    draw();
    box.append(more);
    return box;
  }

  #figures(items) {
    if (!items.length) return null;
    const rated = items.filter(({ rating }) => rating != null);
    const mean = rated.reduce((sum, { rating }) => sum + rating, 0) / rated.length;
    const figures = [
      [items.length, t("products")],
      [new Set(items.map(({ category }) => category)).size, t("categories")],
      [rated.length ? mean.toFixed(1) : "–", t("rating")],
    ];
    return h("dl.figures", {}, figures.map(([value, name]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }
}
