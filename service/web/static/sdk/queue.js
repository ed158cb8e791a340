/**
 * Events that no server has acknowledged yet. They live in localStorage, so a reload, a crash or
 * a train in a tunnel loses nothing; all tabs and all cards of one site share the queue.
 *
 * Each event has a key of its own, `smartcard.event.<time>.<count>.<event id>`: tabs see each
 * other's writes late, and a list that two of them rewrite would lose what one of them added.
 */
import { openStorage } from "./storage.js";

const PREFIX = "smartcard.event.";
export const QUEUE_LIMIT = 500;

const idOf = (key) => key.slice(key.lastIndexOf(".") + 1);

export class Queue {
  #storage = openStorage("localStorage");
  #count = 0; // keeps events of the same millisecond in order

  /** Return all events, oldest first. */
  events() {
    return this.#keys()
      .map((key) => this.#storage.read(key, null))
      .filter((event) => event?.event_id);
  }

  /** Append one event; over the limit the oldest impression goes first, then the oldest event. */
  push(event) {
    const count = String((this.#count += 1)).padStart(6, "0");
    this.#storage.write(`${PREFIX}${event.at}.${count}.${event.event_id}`, event);
    for (let keys = this.#keys(); keys.length > QUEUE_LIMIT; keys = this.#keys()) {
      const least = keys.find((key) => this.#storage.read(key, null)?.kind === "impression");
      this.#storage.remove(least ?? keys[0]);
    }
  }

  /** Drop the events with these ids: acknowledged, or refused for good. */
  remove(ids) {
    const gone = new Set(ids);
    for (const key of this.#keys()) if (gone.has(idOf(key))) this.#storage.remove(key);
  }

  #keys() {
    return this.#storage.keys(PREFIX);
  }
}

/**
 * Cut the head of `events` into one request: at most `most` events and `bytes` on the wire. A
 * single event is a batch whatever its size.
 *
 * @returns {{ body: string, events: object[] } | null}
 */
export function batchOf(key, events, most, bytes) {
  const encoder = new TextEncoder();
  const batch = [];
  let size = encoder.encode(JSON.stringify({ key, events: [] })).length;
  for (const event of events) {
    size += encoder.encode(JSON.stringify(event)).length + 1;
    if (batch.length && (batch.length >= most || size > bytes)) break;
    batch.push(event);
  }
  if (!batch.length) return null;
  return { body: JSON.stringify(key ? { key, events: batch } : { events: batch }), events: batch };
}
