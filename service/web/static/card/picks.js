/** “Picked for you”: what the API recommends now, why, and how that changes while she browses. */
import { fill, h, icon } from "./dom.js";
import { flip } from "./flip.js";
import { t, text } from "./language.js";
import { paint, skeletons, tile } from "./tile.js";

const NEWS_MS = 9_000;
const NOTES = ["picksPersonal", "picksSession", "picksShared", "picksPopular", "picksCatalogue"];

const roomFor = () => (matchMedia("(min-width: 1120px)").matches ? 8 : 6);

export class Picks {
  #root;
  #visit;
  #open;
  #notices;
  #list = h("ul.tiles", { id: "picks-list" });
  #heading = h("h2", { id: "picks-title", tabindex: "-1" });
  #note = h("p.section-note");
  #news = h("p.unseen", { role: "status" }); // the same news for who cannot see the list change
  #switch = h("button.switch", { type: "button", role: "switch" });
  #shown = []; // what the list shows: { item, why, target }
  #tiles = new Map(); // item id → its tile
  #asking = null;
  #level = 3;
  #newsTimer = 0;
  #inView = true;
  #withdraw = () => {}; // takes back the offer to scroll up

  constructor(root, { visit, open, notices }) {
    this.#root = root;
    this.#visit = visit;
    this.#open = open;
    this.#notices = notices;
    this.#switch.onclick = () => this.#toggle();
    root.append(h("header.section-head", {}, this.#heading, this.#switch, this.#note), this.#news, this.#list);
    this.relabel();
    fill(this.#list, skeletons(roomFor()));
    const watcher = new IntersectionObserver(([{ isIntersecting }]) => {
      this.#inView = isIntersecting;
      if (isIntersecting) this.#withdraw();
    }, { rootMargin: "-120px 0px" });
    watcher.observe(this.#list);
  }

  /** Write the section's own words again, after the language changed. */
  relabel() {
    const on = this.#visit.memory.personal;
    this.#heading.textContent = t("picks");
    this.#switch.setAttribute("aria-checked", String(on));
    fill(this.#switch, h("span", {}, t("personalization")), h("i", { "aria-hidden": "true" }), h("span.unseen", {}, t(on ? "on" : "off")));
    this.#say(t(on ? NOTES[this.#level] : "picksOff"));
  }

  /**
   * Ask again and show the difference; `because` is the product that was just looked at.
   * A newer question cancels an older one; when no answer comes, what is shown stays.
   */
  async refresh({ because = null } = {}) {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#list.setAttribute("aria-busy", "true");
    try {
      const placement = this.#visit.shared ? "share_landing" : "card_home";
      const answer = await this.#visit.ask({ placement, count: roomFor() }, asking.signal);
      if (this.#asking === asking) this.#show(answer, because);
    } catch (error) {
      if (asking.signal.aborted) return;
      if (error.status === undefined) throw error;
      if (!this.#shown.length) this.#standIn();
    } finally {
      if (this.#asking === asking) this.#list.removeAttribute("aria-busy");
    }
  }

  /** Draw the tiles again in place: a heart was given, the language changed. */
  repaint() {
    for (const [index, { item, why }] of this.#shown.entries()) {
      paint(this.#tiles.get(item.item_id), item, this.#look(index, item, why));
    }
  }

  #show({ level, picks }, because) {
    this.#level = level;
    const before = this.#shown.map(({ item }) => item.item_id);
    const after = picks.map(({ item }) => item.item_id);
    const fresh = before.length ? after.filter((id) => !before.includes(id)).length : 0;
    const same = before.join() === after.join();
    // The same list in the same order is not shown anew: clicks go on counting for its first answer.
    this.#shown = picks.map((pick, index) => (same ? { ...pick, target: this.#shown[index].target } : pick));
    this.#rearrange(same);
    if (!picks.length) this.#say(t("picksEmpty"));
    else if (fresh) this.#tellNews(fresh, because);
    else if (!this.#note.classList.contains("is-news")) this.relabel(); // news has its time
  }

  /** No answer yet: show the shop's own order, and say so. */
  #standIn() {
    const first = [...this.#visit.items.values()].slice(0, roomFor());
    this.#shown = first.map((item) => ({ item, why: [], target: null }));
    this.#rearrange(false);
    this.#say(t("picksStale"));
  }

  #rearrange(same) {
    const focused = this.#list.contains(document.activeElement) ? document.activeElement : null;
    flip(this.#list, () => {
      const tiles = this.#shown.map((pick, index) => this.#tileOf(pick, index));
      for (const child of [...this.#list.children]) if (!tiles.includes(child)) child.remove();
      tiles.forEach((element, index) => {
        if (this.#list.children[index] !== element) this.#list.insertBefore(element, this.#list.children[index]);
      });
    });
    if (focused?.isConnected) focused.focus({ preventScroll: true });
    for (const [id, element] of this.#tiles) if (!element.isConnected) this.#forget(id, element);
    if (same) return;
    for (const { item, target } of this.#shown) {
      if (target) this.#visit.tracker.watch(this.#tiles.get(item.item_id), target);
    }
  }

  #tileOf({ item, why }, index) {
    const look = this.#look(index, item, why);
    const element = this.#tiles.get(item.item_id);
    if (element) return paint(element, item, look);
    const made = tile(item, { ...look, open: () => this.#tapped(item.item_id) });
    this.#tiles.set(item.item_id, made);
    return made;
  }

  #look(index, item, why) {
    const badge = index === 0 && this.#level <= 1 ? t("topPick") : "";
    return { why, badge, saved: this.#visit.memory.has("saved", item.item_id) };
  }

  #forget(id, element) {
    this.#visit.tracker.unwatch(element);
    this.#tiles.delete(id);
  }

  #tapped(itemId) {
    const { item, target } = this.#shown.find((pick) => pick.item.item_id === itemId);
    if (target) this.#visit.tell("click", target);
    this.#open(item, target);
  }

  #toggle() {
    const on = !this.#visit.memory.personal;
    this.#visit.consent(on);
    this.relabel();
    this.#notices.say(t(on ? "onNote" : "offNote"), "spark");
    this.refresh();
  }

  #tellNews(fresh, because) {
    const title = because ? shorten(text(because, "title")) : "";
    const sentence = title ? t("picksBecause", { title, count: fresh }) : t("picksChanged", { count: fresh });
    this.#say(sentence, true);
    this.#news.textContent = sentence;
    clearTimeout(this.#newsTimer);
    this.#newsTimer = setTimeout(() => this.relabel(), NEWS_MS);
    if (!this.#inView) this.#withdraw = this.#notices.offer(t("picksUpdated"), "up", () => this.#reveal());
  }

  /** Bring the section into view, with the focus on what switches personal picks off and on. */
  toSwitch() {
    this.#reveal(this.#switch);
  }

  /** Bring the section into view and put the focus on its title. */
  #reveal(focused = this.#heading) {
    focused.focus({ preventScroll: true });
    this.#root.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  #say(sentence, news = false) {
    this.#note.classList.toggle("is-news", news);
    fill(this.#note, news && icon("spark", 16), h("span", {}, sentence));
  }
}

function shorten(title) {
  const letters = [...title];
  const most = /\p{Script=Han}/u.test(title) ? 12 : 30;
  return letters.length > most ? `${letters.slice(0, most).join("")}…` : title;
}
