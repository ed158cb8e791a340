/** What this browser remembers for its visitor: hearts, cart and whether picks may be personal. */
import { openStorage } from "../sdk/storage.js";

export class Memory {
  #storage = openStorage("localStorage");
  #key;

  constructor(seller) {
    this.#key = `smartcard.memory.${seller}`;
  }

  #read() {
    return { saved: [], cart: [], hidden: [], ...this.#storage.read(this.#key, {}) };
  }

  has(list, itemId) {
    return this.#read()[list].includes(itemId);
  }

  all(list) {
    return this.#read()[list];
  }

  /** Put a product on a list, or take it off; return whether it is on the list now. */
  toggle(list, itemId) {
    const kept = this.#read();
    const on = !kept[list].includes(itemId);
    kept[list] = on ? [...kept[list], itemId].slice(-200) : kept[list].filter((id) => id !== itemId);
    this.#storage.write(this.#key, kept);
    return on;
  }

  /** Whether picks may use the visitor's browsing; one answer for all cards of this site. */
  get personal() {
    return this.#storage.read("smartcard.personalization", "on") !== "off";
  }

  set personal(on) {
    this.#storage.write("smartcard.personalization", on ? "on" : "off");
  }
}
