/** Today at a glance: how the day goes, the last month, from opening to buying, what waits for her. */
import { fill, h } from "../../card/dom.js";
import { dayName, figure, t, text } from "../language.js";
import { empty, panel, tile } from "../parts.js";
import { funnel, line, spark } from "../svg.js";

const FIRST = ["opens", "visitors", "ctr", "revenue"];
const LOW = 5;

export async function today(stage, { api, card, seller }) {
  const [now, all, opens, waiting, goods, shelf] = await Promise.all([
    api.get("metrics", { days: 1 }),
    api.get("metrics"),
    Promise.all(FIRST.map((slug) => api.get(`metrics/${slug}`))),
    api.get("questions", { status: "waiting", limit: 100 }),
    api.get("products"),
    api.shelf(),
  ]);
  const by = (figures, slug) => figures.metrics.find((one) => one.slug === slug);
  const hour = new Date().getHours();
  const hello = t(hour < 11 ? "goodMorning" : hour < 18 ? "goodDay" : "goodEvening");
  const date = dayName(now.until, { month: "long", day: "numeric", weekday: "long" });
  const came = all.metrics.some(({ unit, value }) => unit === "count" && value > 0);
  const series = Object.fromEntries(FIRST.map((slug, n) => [slug, opens[n].points]));
  fill(
    stage,
    h("header.hello", {}, h("h1", {}, `${hello}，${text(card, "name")}`.replace("，", document.documentElement.lang === "en" ? ", " : "，")), h("p", {}, date)),
    all.pending > 0 && h("p.quiet", {}, t("pending", { n: figure(all.pending, "count") })),
    came
      ? h("div.tiles", {}, FIRST.map((slug) => tile(by(now, slug), { before: "againstYesterday", over: false, extra: spark(series[slug].slice(-14).map(({ value }) => value ?? 0)) })))
      : empty(t("emptyToday"), t("emptyTodayHint"), h("a.button.primary", { href: `/cards/${encodeURIComponent(seller)}`, target: "_blank", rel: "noopener" }, t("openCard"))),
    came
      ? h("div.columns", {}, trendPanel(all, series), h("div.stack", {}, needs(waiting, goods.products, shelf), funnelPanel((slug) => by(all, slug).value ?? 0)))
      : needs(waiting, goods.products, shelf),
  );
}

function trendPanel(all, series) {
  const height = matchMedia("(min-width: 1000px)").matches ? 440 : 230;
  const place = h("div");
  const tabs = h("div.chooser", { role: "group" });
  const show = (slug) => {
    const one = all.metrics.find((metric) => metric.slug === slug);
    fill(place, line(series[slug], one.unit, { title: text(one, "title"), height }), h("p.chart-note", {}, t("band")));
    fill(tabs, FIRST.map((name) => h("button", { type: "button", "aria-pressed": String(name === slug), onclick: () => show(name) }, text(all.metrics.find((metric) => metric.slug === name), "title"))));
  };
  show("opens");
  return panel(t("lastDays", { n: 30 }), tabs, place);
}

function funnelPanel(value) {
  const names = [["funnelOpens", "visits"], ["funnelViews", "visits_viewing"], ["funnelCarts", "visits_carting"], ["funnelPurchases", "visits_buying"]];
  const steps = names.map(([name, slug], n) => {
    const [here, before] = [value(slug), n ? value(names[n - 1][1]) : 0];
    const share = before ? here / before : 0;
    const note = n && before ? t("ofBefore", { share: figure(share, "share") }) : "";
    return { name: t(name), value: here, note };
  });
  return panel(t("funnel"), t("funnelNote"), funnel(steps));
}

function needs(waiting, products, shelf) {
  const count = (advice) => products.filter((one) => one.advice === advice && !(advice === "pin" && one.pinned)).length;
  const few = shelf.filter(({ stock }) => stock != null && stock < LOW).length;
  const rows = [
    ["questions", "waitingQuestions", waiting.items.length],
    ["products", "toPin", count("pin")],
    ["products", "toRetire", count("retire")],
    ["shelf", "lowStock", few],
  ].filter(([, , n]) => n);
  return panel(
    t("needsYou"),
    "",
    rows.length
      ? h("ul.needs", {}, rows.map(([room, key, n]) => h("li", {}, h("a", { href: `#${room}` }, h("b", {}, n), h("span", {}, t(key, { n }).replace(String(n), "").trim()), h("i", { "aria-hidden": "true" }, "›")))))
      : h("p.quiet", {}, t("nothingWaits")),
  );
}
