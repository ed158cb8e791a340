/**
 * Tell which of the watched elements really came into view: at least half of the element on the
 * visible screen for a second, and nothing in front of it. Each element is told once.
 */

const SHARE = 0.5;
const LEAST_MS = 1_000;

export class Impressions {
  #report;
  #targets = new Map(); // element → what it shows
  #timers = new Map(); // element → its running second
  #inView = new Set();
  #observer = new IntersectionObserver((entries) => this.#seen(entries), { threshold: SHARE });

  /** @param {(target: object) => void} report */
  constructor(report) {
    this.#report = report;
  }

  /** Watch an element; watching it again with another target starts anew. */
  watch(element, target) {
    this.unwatch(element);
    this.#targets.set(element, target);
    this.#observer.observe(element);
  }

  unwatch(element) {
    this.#stop(element);
    this.#inView.delete(element);
    this.#targets.delete(element);
    this.#observer.unobserve(element);
  }

  /** Call when the page went out of sight: seconds that run do not count. */
  hide() {
    for (const element of [...this.#timers.keys()]) this.#stop(element);
  }

  /** Call when the page is in sight again. */
  show() {
    for (const element of this.#inView) this.#start(element);
  }

  #seen(entries) {
    for (const { target: element, intersectionRatio } of entries) {
      if (!this.#targets.has(element)) continue;
      if (intersectionRatio >= SHARE) {
        this.#inView.add(element);
        if (document.visibilityState === "visible") this.#start(element);
      } else {
        this.#inView.delete(element);
        this.#stop(element);
      }
    }
  }

  #start(element) {
    if (this.#timers.has(element)) return;
    const tell = () => {
      this.#timers.delete(element);
      if (covered(element)) {
        this.#start(element); // a dialog or banner may go away
        return;
      }
      const target = this.#targets.get(element);
      this.unwatch(element);
      this.#report(target);
    };
    this.#timers.set(element, setTimeout(tell, LEAST_MS));
  }

  #stop(element) {
    clearTimeout(this.#timers.get(element));
    this.#timers.delete(element);
  }
}

/** Tell whether something else is in front of the visible part of an element. */
function covered(element) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
  const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
  return !element.contains(document.elementFromPoint(x, y));
}
