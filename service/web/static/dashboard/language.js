/** The dashboard's language and how it writes figures. */
import { openStorage } from "../sdk/storage.js";
import { WORDS } from "./words.js";

const KEPT = "smartcard.dashboard.language";
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
export const locale = () => (current === "zh" ? "zh-CN" : "en-GB");

/** Change to the other language and remember it. */
export function switchLanguage() {
  current = current === "zh" ? "en" : "zh";
  storage.write(KEPT, current);
}

/** Return a sentence with its values filled in; a key without one is shown as it is. */
export function t(key, values = {}) {
  const sentence = WORDS[current][key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Return a text field in this language; the other language's if there is none. */
export function text(value, field) {
  const [chinese, english] = [value[field], value[`${field}_en`]];
  return (current === "en" ? english || chinese : chinese || english) ?? "";
}

const number = (value, options) => value.toLocaleString(locale(), options);

/** Write a value in its unit, briefly; a dash for what cannot be said. */
export function figure(value, unit) {
  if (value == null) return "–";
  if (unit === "share") return number(value, { style: "percent", maximumFractionDigits: value < 0.1 ? 1 : 0 });
  if (unit === "lift") return number(value, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" });
  if (unit === "yuan") return `¥${number(value, value < 10_000 ? { maximumFractionDigits: value < 100 ? 1 : 0 } : { notation: "compact", maximumFractionDigits: 1 })}`;
  if (unit === "seconds") return value < 90 ? t("seconds", { n: number(value, { maximumFractionDigits: value < 10 ? 1 : 0 }) }) : t("minutes", { n: number(value / 60, { maximumFractionDigits: 1 }) });
  return number(value, value < 10_000 ? { maximumFractionDigits: 0 } : { notation: "compact", maximumFractionDigits: 1 });
}

/** Write a local day, `2026-11-25`, briefly. */
export function dayName(day, options = { month: "numeric", day: "numeric" }) {
  return new Date(`${day}T12:00:00Z`).toLocaleDateString(locale(), { timeZone: "UTC", ...options });
}

/** Write a moment as time goes by: minutes, hours, days ago. */
export function ago(moment, now = Date.now()) {
  const minutes = Math.max(0, Math.round((now - new Date(moment)) / 60_000));
  if (minutes < 60) return t("minutesAgo", { n: minutes });
  if (minutes < 48 * 60) return t("hoursAgo", { n: Math.round(minutes / 60) });
  return t("daysAgo", { n: Math.round(minutes / 1440) });
}

/** Name a part of a metric: a placement, a segment, a referrer; unknown ones as they are. */
export function partName(by, key) {
  const words = WORDS[current];
  return words[`${by}.${key}`] ?? (key || t("unknown"));
}
