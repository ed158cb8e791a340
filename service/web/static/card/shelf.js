/** All products: chips for the categories, a search box, an order; more of them as she scrolls. */
import { fill, h, icon } from "./dom.js";
import { label, t } from "./language.js";
import { paint, skeletons, tile } from "./tile.js";

const PAGE = 24;
const PAUSE_MS = 140; // between the last key and the search
const LAST = Number.MAX_VALUE; // products without a price come last in either order

const ORDERS = {
  sortShelf: null,
  sortUp: (a, b) => (a.price ?? LAST) - (b.price ?? LAST),
  sortDown: (a, b) => (b.price ?? -1) - (a.price ?? -1),
  sortRating: (a, b) => trust(b) - trust(a),
};

/** A rating counts for more the more people gave it: five stars from two are few. */
const trust = ({ rating, reviews }) => (rating == null ? 0 : (rating * (reviews ?? 0) + 4 * 20) / ((reviews ?? 0) + 20));

const fold = (words) => words.normalize("NFKC").toLowerCase();

/** Everything of a product that a visitor may look for, in both languages. */
const haystack = (item) =>
  fold([item.title, item.title_en, item.brand, item.category, ...(item.tags ?? []), ...Object.values(item.attributes ?? {})].join(" "));

export class Shelf {
  #visit;
  #open;
  #items = [];
  #haystacks = new Map();
  #wanted = { category: "", words: "", order: "sortShelf" };
  #found = [];
  #tiles = new Map();
  #heading = h("h2", { id: "shelf-title" });
  #finder = h("form.finder", { role: "search" });
  #chips = h("fieldset.chips");
  #result = h("p.result", { "aria-live": "polite" });
  #list = h("ul.tiles");
  #more = h("button.button.more", { type: "button", hidden: true });
  #timer = 0;

  constructor(root, { visit, open }) {
    this.#visit = visit;
    this.#open = open;
    root.append(h("header.section-head", {}, this.#heading), this.#finder, this.#chips, this.#result, this.#list, this.#more);
    this.#heading.textContent = t("all");
    this.#finder.onsubmit = (event) => event.preventDefault();
    this.#more.onclick = () => this.#grow(true);
    const nearEnd = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && this.#grow(), { rootMargin: "500px" });
    nearEnd.observe(this.#more);
    fill(this.#list, skeletons(6));
  }

  /** Put products on the shelf, in the seller's order. */
  stock(items) {
    this.#items = items;
    this.#haystacks = new Map(items.map((item) => [item.item_id, haystack(item)]));
    this.relabel();
  }

  /** Draw everything again, after the language changed. */
  relabel() {
    this.#heading.textContent = t("all");
    this.#tiles.clear();
    this.#drawFinder();
    this.#drawChips();
    this.#search();
  }

  /** Draw one tile again: a heart was given or taken. */
  repaint(item) {
    const element = this.#tiles.get(item.item_id);
    if (element) paint(element, item, this.#look(item));
  }

  #drawFinder() {
    const search = h("input", { type: "search", value: this.#wanted.words, placeholder: t("search"), "aria-label": t("search"), autocomplete: "off", enterkeyhint: "search" });
    search.oninput = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#want({ words: search.value }), PAUSE_MS);
    };
    const order = h("select", { "aria-label": t("sort") }, Object.keys(ORDERS).map((key) => h("option", { value: key }, t(key))));
    order.value = this.#wanted.order;
    order.onchange = () => this.#want({ order: order.value });
    fill(this.#finder, h("label.field", {}, icon("search", 18), search), h("label.field", {}, order, icon("chevron", 16)));
  }

  #drawChips() {
    const sizes = new Map();
    for (const { category } of this.#items) if (category) sizes.set(category, (sizes.get(category) ?? 0) + 1);
    const kinds = [...sizes].sort(([, a], [, b]) => b - a);
    this.#chips.hidden = kinds.length < 2;
    fill(
      this.#chips,
      h("legend.unseen", {}, t("category")),
      [["", this.#items.length], ...kinds].map(([category, size]) => {
        const radio = h("input", { type: "radio", name: "category", value: category, checked: category === this.#wanted.category });
        radio.onchange = () => this.#want({ category });
        return h("label.chip", {}, radio, h("span", {}, category ? label(category) : t("everything"), h("small", {}, size)));
      }),
    );
  }

  #want(change) {
    Object.assign(this.#wanted, change);
    this.#search();
  }

  #search() {
    const { category, words, order } = this.#wanted;
    const terms = fold(words).split(/\s+/).filter(Boolean);
    this.#found = this.#items.filter(
      (item) =>
        (!category || item.category === category) &&
        terms.every((term) => this.#haystacks.get(item.item_id).includes(term)),
    );
    if (ORDERS[order]) this.#found.sort(ORDERS[order]);
    this.#list.replaceChildren();
    this.#result.textContent = t(this.#found.length ? "found" : "none", { count: this.#found.length });
    if (this.#found.length) this.#grow();
    else this.#apologise();
  }

  /** Show the next page of products; `focus` when the visitor asked for it by the button. */
  #grow(focus = false) {
    const shown = this.#list.childElementCount;
    if (!this.#found.length || shown >= this.#found.length) return;
    const next = this.#found.slice(shown, shown + PAGE).map((item) => this.#tileOf(item));
    this.#list.append(...next);
    const left = this.#found.length - this.#list.childElementCount;
    this.#more.hidden = left === 0;
    this.#more.textContent = t("more", { count: Math.min(left, PAGE) });
    if (focus) next[0].querySelector("a").focus();
  }

  #apologise() {
    this.#more.hidden = true;
    if (!this.#items.length) return;
    const reset = h("button.button", { type: "button" }, t("reset"));
    reset.onclick = () => {
      this.#wanted = { ...this.#wanted, category: "", words: "" };
      this.relabel();
    };
    this.#list.append(h("li.trouble", {}, icon("search", 28), t("none"), reset));
  }

  #tileOf(item) {
    const kept = this.#tiles.get(item.item_id);
    if (kept) return kept;
    const made = tile(item, { ...this.#look(item), open: () => this.#open(item, null) });
    this.#tiles.set(item.item_id, made);
    return made;
  }

  #look(item) {
    return { saved: this.#visit.memory.has("saved", item.item_id) };
  }
}
