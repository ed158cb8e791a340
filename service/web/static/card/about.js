/** “About these picks”: what counts for them, what is kept for that, and what a visitor may ask for. */
import { fill, h, icon } from "./dom.js";
import { day, language, t, text } from "./language.js";

export class About {
  #visit;
  #notices;
  #toswitch;
  #box = h("details.about");
  #summary = h("summary.about-head");
  #body = h("div.about-body");
  #told = null; // the answer of `GET /transparency`
  #asking = false;

  /** `toswitch` leads to where personal picks are switched off. */
  constructor(root, { visit, notices, toswitch }) {
    this.#visit = visit;
    this.#notices = notices;
    this.#toswitch = toswitch;
    this.#box.append(this.#summary, this.#body);
    this.#box.ontoggle = () => this.#box.open && this.#load();
    root.append(this.#box);
    this.relabel();
  }

  /** Write everything in the language in force. */
  relabel() {
    fill(this.#summary, icon("info", 18), h("span", {}, t("aboutPicks")), icon("chevron", 16));
    if (this.#told) this.#draw();
  }

  async #load() {
    if (this.#told || this.#asking) return;
    this.#asking = true;
    fill(this.#body, h("p", { role: "status" }, t("loading")));
    try {
      this.#told = await this.#visit.api.transparency();
      this.#draw();
    } catch (error) {
      if (error.status === undefined) throw error;
      const again = h("button.button", { type: "button", onclick: () => this.#load() }, t("retry"));
      fill(this.#body, h("div.trouble", { role: "alert" }, t("failed"), again));
    } finally {
      this.#asking = false;
    }
  }

  #draw() {
    const { signals, held, rights } = this.#told;
    const counts = signals.filter(({ weight }) => weight !== 0);
    const says = (told) => h("ul.about-list", {}, told.map((one) => h("li", {}, text(one, "text"))));
    fill(
      this.#body,
      this.#signals("aboutHers", counts.filter(({ personal }) => personal)),
      this.#signals("aboutShops", counts.filter(({ personal }) => !personal)),
      h("p.about-note", {}, this.#inForce().join(language() === "zh" ? "" : " ")),
      h("section", {}, h("h3", {}, t("aboutHeld")), says(held)),
      h("section", {}, h("h3", {}, t("aboutRights")), says(rights), this.#asks()),
    );
  }

  #signals(title, signals) {
    if (!signals.length) return null;
    const rows = signals.map((signal) => {
      const row = h("li", {}, h("span", {}, text(signal, "title")), signal.weight != null && h("b", {}, percent(signal.weight)));
      row.style.setProperty("--share", signal.weight ?? 0);
      return row;
    });
    return h("section", {}, h("h3", {}, t(title)), h("ul.about-signals", {}, rows));
  }

  /** Return the sentences on the model and on what the seller has put in force. */
  #inForce() {
    const { model, shop } = this.#told;
    return [
      model.trained_at && t("aboutLearned", { day: day(model.trained_at) }),
      model.tried_out > 0 && t("aboutTried", { share: percent(model.tried_out) }),
      shop?.pinned > 0 && t("aboutPinned", { count: shop.pinned, most: shop.most_pinned }),
      shop?.not_personal > 0 && t("aboutCompared", { share: percent(shop.not_personal) }),
    ].filter(Boolean);
  }

  #asks() {
    const button = (act, key) => h("button.button", { type: "button", onclick: act }, t(key));
    return [
      h(
        "div.about-asks",
        {},
        button(this.#toswitch, "aboutSwitch"),
        button(() => this.#copy("aboutCopyMessage"), "aboutCopy"),
        button(() => this.#copy("aboutEraseMessage"), "aboutErase"),
      ),
      h("p.about-note", {}, t("aboutSend")),
    ];
  }

  /** Put a message to the seller on the clipboard: only with the visitor's number can she act on it. */
  async #copy(key) {
    const message = t(key, { number: this.#visit.tracker.visitorId });
    try {
      await navigator.clipboard.writeText(message);
      this.#notices.say(t("aboutCopied"));
    } catch {
      this.#notices.copy(t("aboutCopyThis"), message);
    }
  }
}

function percent(share) {
  return share < 0.01 ? "<1%" : `${Math.round(100 * share)}%`;
}
