/**
 * Bring queued events to the service: at least once, in small batches, without hurry and without
 * giving up. The service drops duplicates by `event_id`; an acknowledged event is never sent again.
 *
 * The body goes as text/plain with the publishable key inside: a beacon cannot set headers, and a
 * page on another origin needs no preflight.
 */
import { batchOf } from "./queue.js";

const BATCH = 100;
const BYTES = 60_000; // under the 64 kB that beacons and keepalive requests share
const CALM_MS = 2_000; // wait this long for company before sending
const BACKOFF_MS = [1_000, 300_000];
const TIMEOUT_MS = 15_000;
const LEAST_SKEW_MS = 60_000;
const LATER = "rate_limited"; // the code of rows that are welcome another time
const TYPE = "text/plain;charset=UTF-8";

export class Delivery {
  #queue;
  #endpoint;
  #key;
  #seller;
  #onrejected;
  #flying = new Set(); // ids in the request under way
  #gone = new Set(); // ids handed to a beacon, whose answer nobody reads
  #restamped = new Set(); // ids whose time was set right once
  #running = null;
  #again = false;
  #timer = 0;
  #most = BATCH;
  #failures = 0;
  #notBefore = 0;
  #asked = false; // whether `#notBefore` is the server's own wish

  /** Milliseconds by which this device's clock is known to run ahead of the service's. */
  ahead = 0;

  constructor({ queue, endpoint, key, seller, onrejected }) {
    this.#queue = queue;
    this.#endpoint = endpoint;
    this.#key = key;
    this.#seller = seller;
    this.#onrejected = onrejected;
  }

  /** Send soon, together with what else comes in the meantime. */
  soon() {
    if (this.#timer) return;
    const wait = Math.max(CALM_MS, this.#notBefore - Date.now());
    this.#timer = setTimeout(() => this.flush(), wait);
  }

  /** Send now what may be sent; resolve to whether all of it is acknowledged. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#again = true; // who asks while a run is ending is answered by one more
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      if (this.#waiting().length) this.soon();
    });
    return this.#running;
  }

  /** Hand what is not on its way to the browser, which sends it even when the page is gone. */
  beacon() {
    for (;;) {
      const batch = batchOf(this.#key, this.#waiting(), BATCH, BYTES);
      if (!batch) return;
      const blob = new Blob([batch.body], { type: TYPE });
      if (!navigator.sendBeacon?.(this.#endpoint, blob)) return;
      for (const { event_id: id } of batch.events) this.#gone.add(id);
    }
  }

  /** Try again at once: the page is back, or the network is. */
  resume() {
    this.#gone.clear();
    if (!this.#asked) this.#notBefore = 0;
    this.flush();
  }

  /**
   * Return the events that this page may send and that no request carries right now: a key speaks
   * for one seller, so events of another one wait for a page of hers.
   */
  #waiting() {
    return this.#queue.events().filter(
      ({ event_id: id, seller_id: seller }) =>
        (!this.#key || seller === this.#seller) && !this.#flying.has(id) && !this.#gone.has(id),
    );
  }

  async #run() {
    let done = true;
    while (this.#again && done) {
      this.#again = false;
      done = await this.#alone(() => this.#drain());
    }
    return done;
  }

  /**
   * Run `job` when no other tab of this site is sending. A tab may hear late of what another one
   * took off the queue and send it once more: a duplicate, which the service counts once.
   */
  #alone(job) {
    if (!navigator.locks) return job();
    const patience = { signal: AbortSignal.timeout(TIMEOUT_MS) };
    return navigator.locks.request("smartcard.queue", patience, job).catch((error) => {
      if (error.name !== "TimeoutError") throw error;
      return job(); // the other tab hangs
    });
  }

  async #drain() {
    while (Date.now() >= this.#notBefore) {
      const batch = batchOf(this.#key, this.#waiting(), this.#most, BYTES);
      if (!batch) return true;
      this.#flying = new Set(batch.events.map(({ event_id: id }) => id));
      await this.#post(batch);
      this.#flying.clear();
    }
    return false;
  }

  /** Post one batch and take from the answer what becomes of its events. */
  async #post({ body, events }) {
    const response = await fetch(this.#endpoint, {
      method: "POST",
      body,
      headers: { "Content-Type": TYPE },
      keepalive: true,
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (response?.ok && typeof answer?.accepted === "number") {
      this.#heed(response.headers.get("Date"));
      this.#settle(events, answer.rejected ?? []);
    } else if (![400, 413, 422].includes(response?.status)) {
      this.#backOff(retryAfter(response?.headers.get("Retry-After")));
    } else if (events.length > 1) {
      this.#most = Math.ceil(events.length / 2); // until the culprit stands alone
    } else {
      this.#settle(events, [{ index: 0, code: answer?.code ?? `http_${response.status}` }]);
    }
  }

  /**
   * Take a batch off the queue: accepted and duplicate events are safe, refused ones hopeless.
   * What was only too much at once stays: when all that is left is too much, the server says when.
   */
  #settle(events, rejected) {
    this.#failures = 0;
    this.#asked = false;
    this.#most = BATCH;
    const late = new Set(rejected.filter(({ code }) => code === LATER).map(({ index }) => index));
    this.#queue.remove(events.filter((_, index) => !late.has(index)).map(({ event_id: id }) => id));
    for (const { index, code, detail } of rejected) {
      const event = late.has(index) ? null : events[index];
      if (event && !(code === "from_future" && this.#restamp(event))) {
        this.#onrejected?.(event, { code, detail });
      }
    }
  }

  /** Learn from a reply's date how far this device's clock runs ahead. */
  #heed(date) {
    const ahead = Date.now() - Date.parse(date ?? "");
    if (ahead > LEAST_SKEW_MS) this.ahead = Math.round(ahead);
  }

  /** Queue an event again with the time it really had; tell whether that was not tried before. */
  #restamp(event) {
    if (!this.ahead || this.#restamped.has(event.event_id)) return false;
    this.#restamped.add(event.event_id);
    this.#queue.push({ ...event, at: event.at - this.ahead });
    return true;
  }

  /** Wait as long as the server asked, else twice as long as last time; never in step with others. */
  #backOff(askedMs) {
    const [least, most] = BACKOFF_MS;
    const ceiling = Math.min(most, least * 2 ** this.#failures);
    this.#failures += 1;
    this.#asked = askedMs > 0;
    const wait = this.#asked ? askedMs + Math.random() * least : (ceiling * (1 + Math.random())) / 2;
    this.#notBefore = Date.now() + wait;
  }
}

/** Return the milliseconds a Retry-After header asks for (seconds or an HTTP date), else 0. */
export function retryAfter(header) {
  if (!header) return 0;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - Date.now();
  return Math.max(0, wait || 0);
}
