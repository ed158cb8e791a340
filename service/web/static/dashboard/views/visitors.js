/** Who came, from whose share, and what she looked at; under codes, never by name. */
import { fill, h } from "../../card/dom.js";
import { ago, figure, partName, t, text } from "../language.js";
import { chooser, days, download, empty } from "../parts.js";

export async function visitors(stage, { api, redraw, seller }) {
  const told = await api.get("visitors", { ...days(), limit: 100 });
  fill(
    stage,
    h("div.bar", {}, chooser(redraw), download(api.csv("visitors", { ...days(), limit: 500 }))),
    told.visitors.length === 0 ? empty(t("emptyVisitors"), t("emptyVisitorsHint"), h("a.button.primary", { href: `/cards/${encodeURIComponent(seller)}`, target: "_blank", rel: "noopener" }, t("openCard"))) : [h("p.quiet", {}, t("masked")), h("ul.people", {}, told.visitors.map(person))],
  );
}

function person(one) {
  const did = [
    t("opensN", { n: one.opens }),
    one.views > 0 && t("viewsN", { n: one.views }),
    one.dwell_seconds > 0 && t("stayed", { time: figure(one.dwell_seconds, "seconds") }),
    one.favorites > 0 && t("likedN", { n: one.favorites }),
    one.carts > 0 && t("cartedN", { n: one.carts }),
    one.purchases > 0 && t("boughtN", { n: one.purchases }),
  ].filter(Boolean);
  const face = h("span.face", { "aria-hidden": "true" }, one.visitor.slice(0, 2));
  face.style.setProperty("--turn", String((one.visitor.charCodeAt(0) * 37 + one.visitor.charCodeAt(1) * 11) % 360));
  return h(
    "li.person",
    {},
    face,
    h("div.person-head", {}, h("h3", {}, t("guest", { code: one.visitor })), h("time", { datetime: one.last_at }, ago(one.last_at))),
    h(
      "p.person-from",
      {},
      h(`span.badge.is-${one.segment}`, {}, t(one.segment === "new" ? "newVisitor" : "returning")),
      h("span", {}, partName("referrer", one.referrer)),
      one.from_visitor && h("span", {}, t("sharedBy", { who: t("guest", { code: one.from_visitor }) })),
    ),
    h("p.person-did", {}, did.join(" · ")),
    one.looked_at.length > 0 && h("ul.looked", { "aria-label": t("lookedAt") }, one.looked_at.map((look) => h("li", {}, text(look, "title")))),
  );
}
