/** Short notices at the bottom of the screen, read out politely; they leave by themselves. */
import { h, icon } from "./dom.js";

const STAY_MS = 3_600;

export class Notices {
  #lists = new Map();

  /** Give every host (the page, the product's dialog) its own place for notices. */
  constructor(...hosts) {
    for (const host of hosts) {
      const list = h("div.notices", { role: "status", "aria-live": "polite" });
      host.append(list);
      this.#lists.set(host, list);
    }
  }

  /** Show a sentence for a while. */
  say(sentence, sign = "check") {
    this.#show(h("div.notice", {}, icon(sign, 18), sentence), STAY_MS);
  }

  /** Show a sentence that does something when pressed; return how to take it back. */
  offer(sentence, sign, act) {
    const button = h("button.notice", { type: "button" }, icon(sign, 18), sentence);
    button.onclick = () => {
      button.remove();
      act();
    };
    this.#show(button, 2 * STAY_MS);
    return () => button.remove();
  }

  /** Show a text to copy by hand. */
  copy(sentence, text) {
    const field = h("input", { value: text, readonly: true, "aria-label": sentence });
    this.#show(h("div.notice", {}, sentence, field), 4 * STAY_MS);
    field.select();
  }

  #show(notice, stay) {
    const hosts = [...this.#lists.keys()];
    const host = hosts.find((one) => one instanceof HTMLDialogElement && one.open) ?? hosts[0];
    this.#lists.get(host).replaceChildren(notice);
    setTimeout(() => notice.remove(), stay);
  }
}
