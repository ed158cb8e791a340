/**
 * Who is browsing, without knowing who it is: a random visitor id that lives in this browser, and
 * a session id that lives in this tab and ends after half an hour without a sign of life.
 */
import { openStorage, uuid } from "./storage.js";

const VISITOR = "smartcard.visitor";
const SESSION = "smartcard.session";
const SESSION_IDLE_MS = 30 * 60_000;

export class Identity {
  #local = openStorage("localStorage");
  #session = openStorage("sessionStorage");

  /** The visitor's id: made at the first visit, the same from then on. */
  get visitorId() {
    let id = this.#local.read(VISITOR, null);
    if (typeof id !== "string" || !id) {
      id = uuid();
      this.#local.write(VISITOR, id);
    }
    return id;
  }

  /** The session's id at `now` (epoch ms); asking for it is a sign of life. */
  sessionId(now) {
    let session = this.#session.read(SESSION, null);
    if (!session?.id || now - session.seen > SESSION_IDLE_MS) session = { id: uuid() };
    this.#session.write(SESSION, { id: session.id, seen: now });
    return session.id;
  }
}
