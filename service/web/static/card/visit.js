/**
 * One visit to one card: the seller's products, what the visitor is asked and told, and the
 * tracker that measures it. Everything on the page goes through here to the public API.
 */
import { start } from "../sdk.js";
import { Api } from "./api.js";
import { language } from "./language.js";
import { Memory } from "./memory.js";
import { arrival } from "./sharing.js";

const PATIENCE_MS = 1_500; // wait this long for events to land before asking for picks

export class Visit {
  /** Called with `(kind, itemId)` after each event that may move the picks. */
  onact = () => {};

  #referralCode = "";

  constructor({ seller, key }) {
    this.seller = seller;
    this.api = new Api({ seller, key });
    this.memory = new Memory(seller);
    this.shared = arrival(seller);
    this.items = new Map();
    this.tracker = start({ seller, key, onevent: ({ kind, item_id: id }) => this.#moved(kind, id) });
    this.tracker.send("open", this.shared ? { share: this.shared } : {});
  }

  /** Fetch the card and the shelf; raises the first `Problem`. */
  async arrive() {
    const plain = { seller_id: this.seller, name: this.seller }; // a shelf may stand before its card
    const asked = this.api.card().catch((problem) => {
      if (problem.status === 404) return plain;
      throw problem;
    });
    const [card, items] = await Promise.all([asked, this.api.shelf()]);
    this.card = card;
    this.items = new Map(items.map((item) => [item.item_id, item]));
  }

  /**
   * Ask for picks, after what was just measured has landed: the answer knows the last look.
   *
   * @returns {Promise<{ level: number, picks: { item: object, why: object[], target: object }[] }>}
   */
  async ask({ placement, count, about = [] }, signal) {
    await settled(this.tracker.flush(), PATIENCE_MS);
    signal?.throwIfAborted();
    const answer = await this.api.recommend(
      {
        seller_id: this.seller,
        visitor_id: this.tracker.visitorId,
        session_id: this.tracker.sessionId,
        placement,
        count,
        context: { item_ids: about, locale: language(), ...this.#shareContext() },
        exclude_ids: [...about, ...this.memory.all("hidden")],
        personalization: this.memory.personal ? "on" : "off",
        explain: true,
      },
      signal,
    );
    this.#referralCode = answer.referral_code;
    const picks = answer.items
      .filter(({ item_id: id }) => this.items.has(id))
      .map(({ item_id, rank, reasons }) => ({
        item: this.items.get(item_id),
        why: reasons ?? [],
        target: { item_id, recommendation_id: answer.recommendation_id, position: rank },
      }));
    return { level: answer.fallback_level, picks };
  }

  /** Ask the shop's assistant, in this conversation and on the product's page that is open. */
  async question(question, conversation) {
    await settled(this.tracker.flush(), PATIENCE_MS);
    return this.api.ask({
      seller_id: this.seller,
      visitor_id: this.tracker.visitorId,
      session_id: this.tracker.sessionId,
      question,
      locale: language(),
      conversation_id: conversation,
      personalization: this.memory.personal ? "on" : "off",
    });
  }

  /** Tell one act on a product; `target` says from which pick it came. */
  tell(kind, target, fields = {}) {
    return this.tracker.send(kind, { ...target, ...fields });
  }

  /** Allow or forbid personal picks, here and in the visitor's profile. */
  consent(on) {
    this.memory.personal = on;
    this.tracker.send("consent", { personalization: on ? "on" : "off" });
  }

  /** What names the visitor in her links: empty before her first picks, and with personal picks off. */
  get referralCode() {
    return this.memory.personal ? this.#referralCode : "";
  }

  #shareContext() {
    if (!this.shared) return {};
    return { share_id: this.shared.share_id, from_visitor_id: this.shared.from_visitor_id };
  }

  #moved(kind, itemId) {
    if (!["open", "impression", "consent", "click", "view"].includes(kind)) this.onact(kind, itemId);
  }
}

const settled = (promise, limit) =>
  Promise.race([promise.catch(() => false), new Promise((resolve) => setTimeout(resolve, limit))]);
