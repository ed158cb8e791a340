/** Questions to the shop: suggested ones, answers with who vouches for them, and a person's reply. */
import { openStorage } from "../sdk/storage.js";
import { fill, h, icon } from "./dom.js";
import { language, t, text } from "./language.js";
import { tile } from "./tile.js";

const POLL_MS = 10_000;
const KEPT = 20; // questions that wait for a reply across visits

export class Chat {
  #visit;
  #open;
  #onasked;
  #storage = openStorage("localStorage");
  #conversation = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  #heading = h("h2", { id: "chat-title" });
  #note = h("p.section-note");
  #log = h("div.chat-log", { role: "log", "aria-live": "polite", "aria-relevant": "additions", tabindex: "0" });
  #chips = h("ul.chat-chips");
  #field = h("input.chat-field", { id: "chat-field", type: "text", maxlength: "500", autocomplete: "off", enterkeyhint: "send" });
  #send = h("button.button.primary.chat-send", { type: "submit" });
  #busy = false;
  #timer = 0;

  constructor(root, { visit, open, onasked }) {
    this.#visit = visit;
    this.#open = open;
    this.#onasked = onasked;
    const form = h("form.chat-form", {}, this.#field, this.#send);
    form.onsubmit = (event) => {
      event.preventDefault();
      this.ask(this.#field.value);
    };
    root.append(h("header.section-head", {}, this.#heading, this.#note), this.#log, this.#chips, form);
    document.addEventListener("visibilitychange", () => this.#watch());
    this.relabel();
  }

  /** Write the section's own words in the language in force. */
  relabel() {
    this.#heading.textContent = t("chat");
    this.#note.textContent = t("chatNote");
    this.#field.placeholder = t("chatPlaceholder");
    this.#field.setAttribute("aria-label", t("chatPlaceholder"));
    this.#log.setAttribute("aria-label", t("chatLog"));
    fill(this.#send, icon("up", 18), t("chatSend"));
  }

  /** Fetch what visitors are likely to ask, and replies that came while nobody looked. */
  async start() {
    await this.refresh();
    this.#watch();
  }

  /** Fetch what visitors are likely to ask, in the language in force. */
  async refresh() {
    const found = await this.#visit.api.suggestions(language()).catch(() => null);
    this.#suggest(found?.suggested_questions ?? []);
  }

  /** Ask a question and show what became of it. */
  async ask(question) {
    const said = question.trim();
    if (!said || this.#busy) return;
    this.#busy = true;
    this.#send.disabled = true;
    this.#field.value = "";
    this.#say("is-mine", said);
    const waiting = this.#say("is-theirs", h("span.chat-dots", { role: "status", "aria-label": t("loading") }));
    try {
      const answer = await this.#visit.question(said, this.#conversation);
      waiting.remove();
      this.#show(answer);
      this.#onasked();
    } catch (error) {
      waiting.remove();
      if (error.status === undefined) throw error;
      const again = h("button.button", { type: "button" }, t("retry"));
      again.onclick = () => this.ask(said);
      this.#say("is-theirs", h("p", { role: "alert" }, t("failed")), again);
    } finally {
      this.#busy = false;
      this.#send.disabled = false;
    }
  }

  #show(answer) {
    const parts = [h("p.chat-text", {}, answer.answer)];
    if (answer.status === "clarify") {
      parts.push(h("ul.chat-chips", {}, answer.suggested_questions.map((one) => h("li", {}, this.#chip(one)))));
    }
    if (answer.origin) parts.push(this.#source(answer));
    if (answer.handoff) parts.push(h("p.chat-source.is-waiting", {}, icon("spark", 14), t("chatWaiting")));
    const picks = answer.picks.filter(({ item_id: id }) => this.#visit.items.has(id));
    if (picks.length) parts.push(this.#picks(answer, picks));
    if (answer.status === "answered") parts.push(this.#rating(answer));
    this.#say("is-theirs", ...parts);
    if (answer.status !== "clarify") this.#suggest(answer.suggested_questions);
    if (answer.handoff?.state === "waiting") {
      this.#keep([...this.#waiting(), answer.answer_id].slice(-KEPT));
      this.#watch();
    }
  }

  #source({ origin, sources }) {
    const [first] = sources;
    const item = first?.kind === "product" ? this.#visit.items.get(first.id) : null;
    const said = item ? t("chatFromProduct", { title: text(item, "title") }) : t(`chatFrom_${first?.kind ?? origin}`);
    return h("p.chat-source", {}, icon("check", 14), said);
  }

  #picks(answer, picks) {
    const tiles = picks.map(({ item_id, rank, reasons }) => {
      const item = this.#visit.items.get(item_id);
      const target = { item_id, position: rank, answer_id: answer.answer_id };
      if (answer.recommendation_id) target.recommendation_id = answer.recommendation_id;
      const open = () => {
        this.#visit.tell("click", target);
        this.#open(item, target);
      };
      const element = tile(item, { why: reasons, open });
      this.#visit.tracker.watch(element, target);
      return element;
    });
    return h("ul.strip.chat-picks", { "aria-label": t("picks") }, tiles);
  }

  #rating(answer) {
    const row = h("div.chat-rating", { role: "group", "aria-label": t("chatHelpful") });
    const rate = (value) => () => {
      this.#visit.tell("answer_rated", { answer_id: answer.answer_id }, { value });
      fill(row, h("span", { role: "status" }, t("chatThanks")));
    };
    const button = (value, key) => h("button.chat-rate", { type: "button", onclick: rate(value) }, t(key));
    return fill(row, h("span", {}, t("chatHelpful")), button(1, "chatYes"), button(-1, "chatNo"));
  }

  #chip(question) {
    return h("button.chat-chip", { type: "button", onclick: () => this.ask(question) }, question);
  }

  #suggest(questions) {
    fill(this.#chips, questions.map((one) => h("li", {}, this.#chip(one))));
    this.#chips.hidden = !questions.length;
    this.#chips.setAttribute("aria-label", t("chatSuggested"));
  }

  #say(whose, ...parts) {
    const mine = whose === "is-mine";
    const bubble = h(`div.chat-bubble.${whose}`, { lang: language() === "zh" ? "zh-CN" : "en" }, h("span.unseen", {}, t(mine ? "chatYou" : "chatShop")), parts);
    this.#log.append(bubble);
    bubble.scrollIntoView({ block: "nearest", behavior: "auto" });
    return bubble;
  }

  #key = () => `smartcard.asked.${this.#visit.seller}`;
  #waiting = () => this.#storage.read(this.#key(), []);
  #keep = (names) => this.#storage.write(this.#key(), names);

  /** Look for replies while the page is looked at and somebody is waited for. */
  #watch() {
    clearTimeout(this.#timer);
    if (document.visibilityState === "hidden" || !this.#waiting().length) return;
    this.#timer = setTimeout(async () => {
      for (const name of this.#waiting()) await this.#look(name);
      this.#watch();
    }, this.#log.childElementCount ? POLL_MS : 0);
  }

  async #look(name) {
    const answer = await this.#visit.api.answer(name, this.#visit.tracker.visitorId).catch((problem) => problem);
    if (answer.status !== 404 && answer.handoff?.state !== "replied") return;
    this.#keep(this.#waiting().filter((one) => one !== name));
    if (!answer.handoff) return;
    this.#say("is-theirs", h("p.chat-text", {}, answer.handoff.reply), h("p.chat-source", {}, icon("check", 14), t("chatFrom_reply")));
  }
}
