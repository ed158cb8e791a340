/** One product, close up: a dialog that measures how long it is looked at. */
import { fill, h, icon } from "./dom.js";
import { actions } from "./actions.js";
import { details } from "./details.js";
import { t } from "./language.js";
import { address, tile } from "./tile.js";

const RELATED = 6;

export class Sheet {
  #visit;
  #dialog;
  #notices;
  #onclose;
  #onsaved;
  #item = null;
  #asking = null;
  #related = [];
  #back = null; // a step back that was asked for and has not been taken yet

  constructor(dialog, { visit, notices, onclose, onsaved }) {
    this.#visit = visit;
    this.#dialog = dialog;
    this.#notices = notices;
    this.#onclose = onclose;
    this.#onsaved = onsaved;
    dialog.oncancel = (event) => {
      event.preventDefault();
      this.close();
    };
    dialog.onclick = ({ target }) => target === dialog && this.close();
    addEventListener("popstate", () => {
      this.#back = null;
      this.#followHistory();
    });
  }

  /** Show a product; `target` is the pick it was opened from, if it was one. */
  open(item, target = null) {
    if (this.#back) return void this.#back.then(() => this.open(item, target)); // else it would close this one
    const turned = this.#item !== null;
    const state = { item: item.item_id };
    if (turned) history.replaceState(state, "", address(item.item_id));
    else history.pushState(state, "", address(item.item_id));
    this.#show(item, target);
  }

  /** Show the product the address names, without a new step in the history. */
  land(item) {
    history.replaceState(null, "", location.pathname);
    this.open(item);
  }

  /** Go back to the card. */
  close() {
    if (!this.#item || this.#back) return;
    this.#back = new Promise((taken) => addEventListener("popstate", taken, { once: true }));
    history.back(); // the rest happens on popstate, as with the phone's back gesture
  }

  #followHistory() {
    const item = this.#visit.items.get(history.state?.item);
    if (item) this.#show(item, null);
    else if (this.#item) this.#hide();
  }

  #show(item, target) {
    this.#leave();
    this.#item = item;
    const origin = target ?? { item_id: item.item_id };
    this.#draw(item, origin);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.querySelector(".sheet-scroll").scrollTop = 0;
    this.#visit.tracker.view(origin);
    this.#relate(item);
  }

  async #hide() {
    const item = this.#item;
    this.#leave();
    this.#item = null;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!still) {
      this.#dialog.classList.add("is-closing");
      await Promise.all(this.#dialog.getAnimations().map(({ finished }) => finished.catch(() => null)));
      this.#dialog.classList.remove("is-closing");
    }
    if (!this.#item) this.#dialog.close();
    this.#onclose(item);
  }

  #leave() {
    this.#asking?.abort();
    for (const element of this.#related) this.#visit.tracker.unwatch(element);
    this.#related = [];
    if (this.#item) this.#visit.tracker.leave();
  }

  #draw(item, origin) {
    const acts = actions(item, origin, {
      visit: this.#visit,
      notices: this.#notices,
      close: () => this.close(),
      saved: () => this.#onsaved(item),
    });
    const scroll = h("div.sheet-scroll", { tabindex: "-1" }, details(item, acts.hide), h("div.sheet-related"));
    const tools = h(
      "div.sheet-tools",
      {},
      h("button.round", { type: "button", "aria-label": t("share"), onclick: acts.share }, icon("share")),
      h("button.round", { type: "button", "aria-label": t("close"), onclick: () => this.close() }, icon("close")),
    );
    const places = this.#dialog.querySelectorAll(":scope > .notices");
    this.#dialog.setAttribute("aria-labelledby", "sheet-title");
    fill(this.#dialog, tools, scroll, acts.bar, ...places);
  }

  /** Fill the strip of products that go with this one; a failure leaves it out. */
  async #relate(item) {
    const asking = new AbortController();
    this.#asking = asking;
    const wish = { placement: "product_page", count: RELATED, about: [item.item_id] };
    const answer = await this.#visit.ask(wish, asking.signal).catch(() => null);
    if (asking.signal.aborted || !answer?.picks.length) return;
    this.#related = answer.picks.map(({ item: other, why, target }) => {
      const open = () => {
        this.#visit.tell("click", target);
        this.open(other, target);
      };
      const element = tile(other, { why: why.slice(0, 1), open, saved: this.#visit.memory.has("saved", other.item_id) });
      this.#visit.tracker.watch(element, target);
      return element;
    });
    const place = this.#dialog.querySelector(".sheet-related");
    fill(place, h("div.sheet-body", {}, h("section", {}, h("h3", {}, t("related")), h("ul.strip", {}, this.#related))));
  }
}
