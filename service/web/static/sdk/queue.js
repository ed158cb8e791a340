/**
 * Events that no server has acknowledged yet. They live in localStorage, so a reload, a crash or
 * a train in a tunnel loses nothing; all tabs and all cards of one site share the queue.
 */
import { openStorage } from "./storage.js";

const QUEUE = "smartcard.queue";
export const QUEUE_LIMIT = 500;

export class Queue {
  #storage = openStorage("localStorage");

  /** Return all events, oldest first. */
  events() {
    const kept = this.#storage.read(QUEUE, []);
    return Array.isArray(kept) ? kept.filter((event) => event?.event_id) : [];
  }

  /** Append one event; over the limit the oldest impression goes first, then the oldest event. */
  push(event) {
    const events = this.events();
    events.push(event);
    while (events.length > QUEUE_LIMIT) {
      const least = events.findIndex(({ kind }) => kind === "impression");
      events.splice(Math.max(least, 0), 1);
    }
    this.#storage.write(QUEUE, events);
  }

  /** Drop the events with these ids: acknowledged, or refused for good. */
  remove(ids) {
    const gone = new Set(ids);
    this.#storage.write(QUEUE, this.events().filter((event) => !gone.has(event.event_id)));
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
