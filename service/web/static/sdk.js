/**
 * The smart card's browser SDK: measures what a visitor does on any page and delivers it to
 * `POST /events`. No dependencies; nothing is fetched but the modules beside this file.
 *
 *     <script type="module" src="https://card.example/static/sdk.js"
 *             data-smartcard="auto" data-seller="anna" data-key="pk_…"></script>
 *     <article data-smartcard-item="sku-1"> … the page's own product: view and dwell … </article>
 *     <a data-smartcard-pick="sku-2" data-recommendation="…" data-position="1"> … a pick … </a>
 *
 * Its products are those of the catalogue: what is told of others is rejected. Or, from a module of
 * your own:
 *
 *     import { start } from "https://card.example/static/sdk.js";
 *     const tracker = start({ seller: "anna", key: "pk_…" });
 *     tracker.view({ item_id: "sku-1" });  …  tracker.leave();
 *     tracker.send("cart", { item_id: "sku-1", quantity: 1, price: 59 });
 */
import { Delivery } from "./sdk/delivery.js";
import { Dwell } from "./sdk/dwell.js";
import { Identity } from "./sdk/identity.js";
import { Impressions } from "./sdk/impressions.js";
import { Queue } from "./sdk/queue.js";
import { uuid } from "./sdk/storage.js";

const tag = document.querySelector("[data-smartcard]");

/** A target is what an element or a sheet shows: `{ item_id, recommendation_id?, position? }`. */
export class Tracker {
  #seller;
  #onevent;
  #queue = new Queue();
  #identity = new Identity();
  #delivery;
  #dwell;
  #impressions;

  constructor({ seller, key, endpoint, onevent, onrejected }) {
    this.#seller = seller;
    this.#onevent = onevent;
    this.#delivery = new Delivery({ queue: this.#queue, endpoint, key, seller, onrejected });
    this.#dwell = new Dwell((target, ms) => this.send("dwell", { ...target, duration_ms: ms }));
    this.#impressions = new Impressions((target) => this.send("impression", target));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#show();
      else this.#hide(() => this.#delivery.flush());
    });
    addEventListener("pagehide", () => this.#hide(() => this.#delivery.beacon()));
    addEventListener("pageshow", ({ persisted }) => persisted && this.#show());
    addEventListener("online", () => this.#delivery.resume());
    this.#delivery.resume(); // what an earlier page could not deliver
  }

  get visitorId() {
    return this.#identity.visitorId;
  }

  get sessionId() {
    return this.#identity.sessionId(Date.now());
  }

  /** Queue one event: `kind` and the fields of the wire contract; return its `event_id`. */
  send(kind, fields = {}) {
    const event = {
      event_id: uuid(),
      kind,
      seller_id: this.#seller,
      visitor_id: this.visitorId,
      session_id: this.sessionId,
      at: Date.now() - this.#delivery.ahead,
      ...fields,
    };
    this.#queue.push(event);
    this.#delivery.soon();
    this.#onevent?.(event);
    return event.event_id;
  }

  /** A product's page or sheet was opened: send a view and run the dwell clock until `leave`. */
  view(target) {
    this.send("view", target);
    this.#dwell.begin(target);
  }

  /** The product was closed. */
  leave() {
    this.#dwell.end();
  }

  /** Tell once when `element` really came into view. */
  watch(element, target) {
    this.#impressions.watch(element, target);
  }

  unwatch(element) {
    this.#impressions.unwatch(element);
  }

  /** Deliver now; resolve to whether everything this page had to tell is acknowledged. */
  flush() {
    return this.#delivery.flush();
  }

  #hide(deliver) {
    this.#dwell.hide();
    this.#impressions.hide();
    deliver();
  }

  #show() {
    this.#dwell.show();
    this.#impressions.show();
    this.#delivery.resume();
  }
}

/**
 * Start measuring; what is not given is read from the page's `[data-smartcard]` element.
 *
 * @param {{ seller?: string, key?: string, endpoint?: string,
 *   onevent?: (event: object) => void, onrejected?: (event: object, why: object) => void }} options
 */
export function start(options = {}) {
  return new Tracker({
    seller: options.seller ?? tag?.dataset.seller ?? "",
    key: options.key ?? tag?.dataset.key ?? "",
    endpoint: options.endpoint ?? tag?.dataset.endpoint ?? new URL("/events", import.meta.url).href,
    onevent: options.onevent,
    onrejected: options.onrejected,
  });
}

/** Measure a page by its attributes alone; return the tracker. */
export function auto(root = document) {
  const tracker = start();
  const own = root.querySelector("[data-smartcard-item]");
  if (own) tracker.view({ item_id: own.dataset.smartcardItem });
  for (const element of root.querySelectorAll("[data-smartcard-pick]")) {
    const { smartcardPick, recommendation, position } = element.dataset;
    const target = { item_id: smartcardPick };
    if (recommendation) target.recommendation_id = recommendation;
    if (position) target.position = Number(position);
    tracker.watch(element, target);
    element.addEventListener("click", () => tracker.send("click", target));
  }
  return tracker;
}

if (tag?.dataset.smartcard === "auto") window.smartcard = auto();
