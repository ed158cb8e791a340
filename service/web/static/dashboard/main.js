/** The dashboard: signs in, keeps the rooms apart, draws the one that is open. */
import { fill, h, icon } from "../card/dom.js";
import { mark } from "./marks.js";
import { Api } from "./api.js";
import { language, switchLanguage, t, text } from "./language.js";
import { signIn } from "./views/sign-in.js";
import { today } from "./views/today.js";
import { trend } from "./views/trend.js";
import { products } from "./views/products.js";
import { visitors } from "./views/visitors.js";
import { questions } from "./views/questions.js";
import { shelf } from "./views/shelf.js";
import { data } from "./views/data.js";

const ROOMS = { today, trend, products, visitors, questions, shelf, data };

const at = (id) => document.getElementById(id);
const { seller } = document.querySelector("[name=smartcard-dashboard]").dataset;
const api = new Api(seller);
let card = null;
let drawn = 0;
let toastTimer = 0;

function hush() {
  clearTimeout(toastTimer);
  at("toast").hidden = true;
}

function show(...parts) {
  hush();
  fill(at("toast"), ...parts);
  at("toast").hidden = false;
}

/** Say one sentence for a moment. */
function say(sentence) {
  show(h("span", {}, sentence));
  toastTimer = setTimeout(hush, 3_500);
}

/**
 * Do what she asked for; when it fails, say why and stay there with the offer to try again.
 *
 * A button that was pressed for it rests meanwhile. Return whether it was done.
 */
async function attempt(job, button = null) {
  hush();
  if (button) button.disabled = true;
  try {
    await job();
    return true;
  } catch (error) {
    if (error.status === undefined) throw error;
    if (error.status === 401) leave();
    else {
      const again = h("button", { type: "button", "data-act": "retry", onclick: () => attempt(job, button) }, t("retry"));
      const close = h("button", { type: "button", "aria-label": t("close"), onclick: hush }, icon("close", 14));
      show(h("span", {}, t("notDone", { why: why(error) })), again, close);
    }
    return false;
  } finally {
    if (button) button.disabled = false;
  }
}

/** Forget who is signed in, and ask anew. */
function leave() {
  card = null;
  return draw();
}

const open = () => (location.hash.slice(1) in ROOMS ? location.hash.slice(1) : "today");

function drawFrame() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  const name = card ? text(card, "name") : seller;
  document.title = `${name} · ${t("dashboard")}`;
  const change = () => {
    switchLanguage();
    draw();
  };
  const signOut = (event) =>
    attempt(async () => {
      await api.signOut();
      leave();
    }, event.currentTarget);
  fill(
    at("top"),
    h("div.top-name", {}, h("small", {}, t("dashboard")), h("strong", {}, name)),
    card && h("a.chip-button", { href: `/cards/${encodeURIComponent(seller)}`, target: "_blank", rel: "noopener" }, t("openCard")),
    h("button.chip-button", { type: "button", id: "language", "aria-label": t("switchLanguage"), onclick: change }, t("otherLanguage")),
    card && h("button.chip-button", { type: "button", id: "sign-out", "aria-label": t("signOut"), onclick: signOut }, icon("close", 16)),
  );
  at("rooms").hidden = !card;
  fill(
    at("rooms"),
    Object.keys(ROOMS).map((room) =>
      h("a.room", { href: `#${room}`, "aria-current": room === open() ? "page" : null }, mark(room), h("span", {}, t(room))),
    ),
  );
}

/** Draw the open room; what a slower, older drawing brings is thrown away. */
async function draw() {
  drawn += 1;
  const turn = drawn;
  drawFrame();
  if (!card) return start();
  const view = at("view");
  view.setAttribute("aria-busy", "true");
  const stage = h("div.stage");
  const tools = { api, card, say, attempt, redraw: draw, dialog: at("dialog"), seller };
  if (view.dataset.room !== open()) fill(view, h("p.quiet.is-waiting", {}, t("loading")));
  try {
    await ROOMS[open()](stage, tools);
  } catch (error) {
    if (error.status === undefined) throw error;
    if (error.status === 401) return leave();
    fill(stage, trouble(error));
  }
  if (turn !== drawn) return undefined;
  const top = view.dataset.room === open() ? scrollY : 0;
  view.dataset.room = open();
  fill(view, stage);
  view.removeAttribute("aria-busy");
  scrollTo(0, top);
  return undefined;
}

/** Say in her language why the service did not do something. */
function why(error) {
  if (error.status === 0) return t("unreachable");
  if (error.status === 404) return t("noSuchSeller");
  if (error.status === 429) return t("tooOften");
  return error.status >= 500 ? t("serviceDown") : error.message;
}

function trouble(error) {
  const retry = h("button.button.primary", { type: "button", "data-act": "retry", onclick: draw }, t("retry"));
  return h("div.empty", { role: "alert" }, h("p.empty-line", {}, t("failed")), h("p", {}, why(error)), retry);
}

/** Learn who is signed in and whose card it is; else ask for the key. */
async function start() {
  const view = at("view");
  try {
    await api.session();
    card = await api.get("card").catch((problem) => {
      if (problem.status === 404) return { name: seller };
      throw problem;
    });
  } catch (error) {
    if (error.status === undefined) throw error;
    if (error.status !== 401 && error.status !== 403 && error.status !== 404) return fill(view, trouble(error));
    delete view.dataset.room;
    return fill(view, signIn(api, draw));
  }
  return draw();
}

addEventListener("hashchange", () => {
  hush();
  draw();
});
draw();
