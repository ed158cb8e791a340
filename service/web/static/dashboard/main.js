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

/** Say one sentence for a moment. */
function say(sentence) {
  at("toast").textContent = sentence;
  at("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    at("toast").hidden = true;
  }, 3_500);
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
  const leave = async () => {
    await api.signOut();
    card = null;
    draw();
  };
  fill(
    at("top"),
    h("div.top-name", {}, h("small", {}, t("dashboard")), h("strong", {}, name)),
    card && h("a.chip-button", { href: `/cards/${encodeURIComponent(seller)}`, target: "_blank", rel: "noopener" }, t("openCard")),
    h("button.chip-button", { type: "button", id: "language", "aria-label": t("switchLanguage"), onclick: change }, t("otherLanguage")),
    card && h("button.chip-button", { type: "button", id: "sign-out", "aria-label": t("signOut"), onclick: leave }, icon("close", 16)),
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
  const tools = { api, card, say, redraw: draw, dialog: at("dialog"), seller };
  if (view.dataset.room !== open()) fill(view, h("p.quiet.is-waiting", {}, t("loading")));
  try {
    await ROOMS[open()](stage, tools);
  } catch (error) {
    if (error.status === undefined) throw error;
    if (error.status === 401) {
      card = null;
      return draw();
    }
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

function trouble(error) {
  const retry = h("button.button", { type: "button", onclick: draw }, t("retry"));
  return h("div.empty", { role: "alert" }, h("p", {}, t("failed", { why: error.message })), retry);
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

addEventListener("hashchange", draw);
draw();
