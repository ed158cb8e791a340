/**
 * Measure how long something was really looked at: the page visible, and the visitor not away.
 * Without a touch, key or scroll for `IDLE_MS` the clock stands still until she moves again.
 */

const IDLE_MS = 30_000;
const BEAT_MS = 10_000; // report this often, so that a crash loses little
const LEAST_MS = 250; // a shorter glance waits for company
const SIGNS_OF_LIFE = ["pointerdown", "pointermove", "keydown", "wheel", "scroll", "touchstart"];

export class Dwell {
  #report;
  #target = null;
  #hidden = document.visibilityState === "hidden";
  #visibleMs = 0; // counted, not yet reported
  #mark = 0; // counted up to here
  #alive = 0; // last sign of life
  #timer = 0;

  /** @param {(target: object, milliseconds: number) => void} report */
  constructor(report) {
    this.#report = report;
    for (const sign of SIGNS_OF_LIFE) {
      addEventListener(sign, () => this.#live(), { passive: true, capture: true });
    }
  }

  /** Start the clock for `target`; a clock that runs for another target is read first. */
  begin(target) {
    this.end();
    this.#target = target;
    this.#mark = this.#alive = performance.now();
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
  }

  /** Stop the clock and report what it shows. */
  end() {
    this.#beat();
    clearInterval(this.#timer);
    this.#target = null;
    this.#visibleMs = 0;
  }

  /** Stand still and report: the page went out of sight and may never come back. */
  hide() {
    this.#beat();
    this.#hidden = true;
  }

  /** Go on: the page is in sight again. */
  show() {
    this.#count();
    this.#hidden = false;
    this.#live();
  }

  #beat() {
    this.#count();
    if (!this.#target || this.#visibleMs < LEAST_MS) return;
    this.#report(this.#target, Math.round(this.#visibleMs));
    this.#visibleMs = 0;
  }

  #live() {
    this.#count();
    this.#alive = performance.now();
  }

  /** Count the time since the mark up to the idle cap; a hidden page adds nothing. */
  #count() {
    const now = performance.now();
    const until = Math.min(now, this.#alive + IDLE_MS);
    if (this.#target && !this.#hidden) this.#visibleMs += Math.max(0, until - this.#mark);
    this.#mark = now;
  }
}
