/**
 * Storage that never throws: the browser's own where it is allowed, memory where it is not
 * (private windows, blocked cookies, full quota).
 */

/** @param {"localStorage" | "sessionStorage"} name */
export function openStorage(name) {
  const memory = new Map();
  let real = null;
  try {
    real = window[name];
    const probe = "smartcard.probe";
    real.setItem(probe, "1");
    real.removeItem(probe);
  } catch {
    real = null;
  }
  return {
    /** Return the value kept under `key`, or `fallback` when there is none or it is not JSON. */
    read(key, fallback) {
      try {
        const text = real && !memory.has(key) ? real.getItem(key) : memory.get(key);
        return text == null ? fallback : JSON.parse(text);
      } catch {
        return fallback;
      }
    },
    /** Keep `value` under `key`; what the browser refuses to keep lives as long as the page. */
    write(key, value) {
      const text = JSON.stringify(value);
      try {
        if (!real) throw new Error("no storage");
        real.setItem(key, text);
        memory.delete(key);
      } catch {
        memory.set(key, text);
      }
    },
    /** Return the keys that begin with `prefix`, sorted. */
    keys(prefix) {
      const names = new Set(memory.keys());
      for (let place = 0; place < (real?.length ?? 0); place += 1) names.add(real.key(place));
      return [...names].filter((name) => name.startsWith(prefix)).sort();
    },
    remove(key) {
      memory.delete(key);
      try {
        real?.removeItem(key);
      } catch {
        // nothing was kept
      }
    },
  };
}

/** Return a random UUID (version 4), also where `crypto.randomUUID` needs a secure context. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
