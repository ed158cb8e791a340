/** The page's language: what the visitor chose, else what her browser prefers, else Chinese. */
import { openStorage } from "../sdk/storage.js";
import { WORDS } from "./words.js";

const KEPT = "smartcard.language";
const storage = openStorage("localStorage");

function preferred() {
  const kept = storage.read(KEPT, null);
  if (kept in WORDS) return kept;
  const wishes = (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2));
  return wishes.find((wish) => wish in WORDS) ?? "zh";
}

let current = preferred();

/** Return the language in force: `zh` or `en`. */
export const language = () => current;

/** Change to the other language and remember it. */
export function switchLanguage() {
  current = current === "zh" ? "en" : "zh";
  storage.write(KEPT, current);
  return current;
}

/** Return a sentence of the page with its values filled in. */
export function t(key, values = {}) {
  return WORDS[current][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Return a field of a card or product in this language; the other language if there is no text. */
export function text(value, field) {
  const [chinese, english] = [value[field], value[`${field}_en`]];
  return (current === "en" ? english || chinese : chinese || english) ?? "";
}

/** Return a label's half in this language: catalogues write both as `面膜 / Face masks`. */
export function label(both) {
  const halves = String(both ?? "").split(" / ");
  return halves.length === 2 ? halves[current === "en" ? 1 : 0] : halves.join(" / ");
}

/** Write a price in yuan; without a price say so. */
export function money(amount) {
  if (amount == null) return t("askPrice");
  const digits = Number.isInteger(amount) ? 0 : 2;
  return `¥${amount.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: 2 })}`;
}

/** Write the day and hour of a moment briefly. */
export function day(moment) {
  const locale = current === "zh" ? "zh-CN" : "en";
  return new Date(moment).toLocaleString(locale, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
}

/** Write a count briefly: 12,345 is 1.2万 or 12K. */
export function count(number) {
  const locale = current === "zh" ? "zh-CN" : "en";
  return number.toLocaleString(locale, { notation: "compact", maximumFractionDigits: 1 });
}
