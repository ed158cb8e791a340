/** The page: puts the sections together, lets one act move the others, and never goes blank. */
import { About } from "./about.js";
import { shareCard } from "./actions.js";
import { Chat } from "./chat.js";
import { fill, h, icon } from "./dom.js";
import { Hero, hues } from "./hero.js";
import { language, switchLanguage, t, text } from "./language.js";
import { Notices } from "./notices.js";
import { Picks } from "./picks.js";
import { Sheet } from "./sheet.js";
import { Shelf } from "./shelf.js";
import { Visit } from "./visit.js";

const SECTIONS = ["picks", "about", "chat", "shelf"];
const CALM_MS = 250; // acts that come together move the picks once

const at = (id) => document.getElementById(id);
const { seller, key } = document.querySelector("[data-smartcard]").dataset;

const visit = new Visit({ seller, key });
const notices = new Notices(document.body, at("sheet"));
const hero = new Hero(at("hero"), { share: () => shareCard(visit, notices) });
const open = (item, target) => sheet.open(item, target);
const picks = new Picks(at("picks"), { visit, open, notices });
const about = new About(at("about"), { visit, notices, toswitch: () => picks.toSwitch() });
const chat = new Chat(at("chat"), { visit, open, onasked: () => moved(null) });
const shelf = new Shelf(at("shelf"), { visit, open });
const sheet = new Sheet(at("sheet"), {
  visit,
  notices,
  onclose: (item) => moved(item),
  onsaved: (item) => {
    shelf.repaint(item);
    picks.repaint();
  },
});

let timer = 0;

/** Ask for picks again soon; `item` is what the visitor just did something with. */
function moved(item) {
  clearTimeout(timer);
  if (document.visibilityState === "hidden") return;
  timer = setTimeout(() => picks.refresh({ because: item }), CALM_MS);
}
visit.onact = (kind, itemId) => moved(visit.items.get(itemId) ?? null);

/** Write everything in the language in force. */
function relabel() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  at("skip").textContent = t("skip");
  at("foot").textContent = t("privacy");
  fill(at("language"), t("otherLanguage")).setAttribute("aria-label", t("switchLanguage"));
  fill(at("share"), icon("share", 18), t("share")).setAttribute("aria-label", t("shareCard"));
  fill(at("offline"), icon("offline", 16), t("offline"));
  if (visit.card) drawCard();
}

function drawCard() {
  const { card } = visit;
  const portrait = hero.draw(card, [...visit.items.values()], Boolean(visit.shared));
  document.title = `${text(card, "name")} · ${t("card")}`;
  document.documentElement.style.setProperty("--hue", hues(card.trade).page);
  fill(at("name"), portrait(h("img", { alt: "" })), h("span", {}, text(card, "name")));
}

at("language").onclick = () => {
  switchLanguage();
  relabel();
  picks.relabel();
  picks.repaint();
  about.relabel();
  chat.relabel();
  shelf.relabel();
  picks.refresh();
  chat.refresh();
};
at("share").onclick = () => visit.card && shareCard(visit, notices);

const tellNetwork = () => {
  at("offline").hidden = navigator.onLine;
};
addEventListener("offline", tellNetwork);
addEventListener("online", () => {
  tellNetwork();
  if (!visit.card) load();
});

/** The bar gets a ground once the card has scrolled under it. */
new IntersectionObserver(([{ isIntersecting }]) => at("topbar").classList.toggle("is-solid", !isIntersecting), {
  threshold: 0,
}).observe(at("hero-mark"));

async function load() {
  hero.wait();
  for (const id of SECTIONS) at(id).hidden = false;
  try {
    await visit.arrive();
  } catch (error) {
    if (error.status === undefined) throw error;
    for (const id of SECTIONS) at(id).hidden = true;
    const retry = h("button.button", { type: "button", onclick: load }, t("retry"));
    fill(at("hero"), h("div.cover"), h("div.namecard", {}, h("div.trouble", { role: "alert" }, t("failed"), retry)));
    return;
  }
  const wanted = visit.items.get(new URL(location.href).searchParams.get("item"));
  drawCard();
  shelf.stock([...visit.items.values()]);
  if (wanted) sheet.land(wanted);
  picks.refresh();
  chat.start();
}

relabel();
tellNetwork();
load();
