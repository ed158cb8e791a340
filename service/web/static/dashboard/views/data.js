/** Which figures hold and which take more visits; settings, keys and the trail of changes. */
import { fill, h } from "../../card/dom.js";
import { ago, figure, t, text } from "../language.js";
import { chooser, days, download, field, panel } from "../parts.js";
import { meter } from "../svg.js";

export async function data(stage, tools) {
  const { api, redraw } = tools;
  const [all, settings, keys, trail] = await Promise.all([
    api.get("metrics", days()),
    api.find("settings"),
    api.get("keys"),
    api.get("audit", { limit: 20 }),
  ]);
  fill(
    stage,
    h("div.bar", {}, chooser(redraw), download(api.csv("metrics", days()))),
    panel(t("enoughTitle"), t("enoughNote"), h("ul.meters", {}, all.metrics.map(row))),
    h("div.columns.is-even", {}, settings && settingsPanel(settings, tools), keysPanel(keys.keys, tools)),
    trail.lines.length > 0 && panel(t("trail"), "", h("ul.trail", {}, trail.lines.map((line) => h("li", {}, h("time", { datetime: line.at }, ago(line.at)), h("span", {}, line.action.replace("{seller_id}", "…")), h("small", {}, `${line.scope} ${line.key_id}`))))),
  );
}

function row(one) {
  const near = one.unit === "lift" ? 0.1 : one.unit === "yuan" ? 0.25 : 0.2;
  const exact = one.slug === "coverage";
  return h(
    "li",
    { "data-metric": one.slug },
    h("div", {}, h("h3", {}, text(one, "title")), h("small", {}, text(one, "good"))),
    h("b", {}, figure(one.value, one.unit)),
    h("small.range", {}, exact ? t("exact") : one.low == null ? t("notSure") : `${figure(one.low, one.unit)} – ${figure(one.high, one.unit)}`),
    meter(one.enough, near),
  );
}

function settingsPanel(settings, { api, redraw, say }) {
  const zone = h("input", { type: "text", value: settings.timezone, placeholder: settings.timezone_now, spellcheck: "false" });
  const holdout = h("input", { type: "number", min: "0", max: "50", step: "1", value: settings.holdout == null ? "" : Math.round(100 * settings.holdout), placeholder: "%" });
  const origins = h("textarea", { rows: "2", spellcheck: "false" }, settings.origins.join("\n"));
  const trouble = h("p.trouble", { role: "alert", hidden: true });
  const form = h(
    "form.editor",
    {},
    field(t("timezone"), zone),
    field(`${t("holdout")} %`, holdout, t("holdoutHint", { now: figure(settings.holdout_now, "share") })),
    field(t("origins"), origins, t("originsHint")),
    trouble,
    h("button.button.primary", { type: "submit" }, t("save")),
  );
  form.onsubmit = async (event) => {
    event.preventDefault();
    const body = { timezone: zone.value.trim(), origins: origins.value.split(/\s+/).filter(Boolean), holdout: holdout.value === "" ? null : Number(holdout.value) / 100 };
    try {
      await api.put("settings", body);
      say(t("saved"));
      await redraw();
    } catch (error) {
      if (error.status === undefined) throw error;
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  };
  return panel(t("settings"), "", form);
}

function keysPanel(keys, { api, attempt, redraw, say }) {
  const fresh = h("p.fresh-key", { hidden: true });
  const make = (scope) => (event) =>
    attempt(async () => {
      const { key } = await api.post("keys", { scope });
      fill(fresh, h("small", {}, t("keyOnce")), h("code", {}, key));
      fresh.hidden = false;
    }, event.currentTarget);
  const revoke = (key) => (event) =>
    attempt(async () => {
      await api.remove(`keys/${encodeURIComponent(key.key_id)}`);
      say(t("revoked"));
      await redraw();
    }, event.currentTarget);
  return panel(
    t("keys"),
    "",
    h("ul.keys", {}, keys.map((key) => h("li", {}, h("code", {}, key.key_id), h("span", {}, t(key.scope)), h("small", {}, key.ends_at ? t("until", { day: key.ends_at.slice(0, 10) }) : key.made_at.slice(0, 10)), h("button.button", { type: "button", "data-act": "revoke", onclick: revoke(key) }, t("revoke"))))),
    fresh,
    h("div.dialog-acts", {}, h("button.button", { type: "button", "data-act": "new-page-key", onclick: make("visitor") }, t("newPageKey")), h("button.button", { type: "button", onclick: make("seller") }, t("newSecretKey"))),
  );
}
