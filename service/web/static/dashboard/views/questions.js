/** What visitors asked, and replying on the spot. */
import { fill, h } from "../../card/dom.js";
import { ago, t } from "../language.js";
import { empty, panel } from "../parts.js";

export async function questions(stage, { api, redraw, say }) {
  let told;
  try {
    told = await api.get("questions", { limit: 100 });
  } catch (error) {
    if (error.status !== 404) throw error;
    fill(stage, empty(t("questionsOff"), t("questionsOffHint")));
    return;
  }
  const send = async (one, body) => {
    await api.post(`questions/${encodeURIComponent(one.question_id)}/reply`, body);
    say(t("replied"));
    await redraw();
  };
  const waiting = told.items.filter((one) => one.waiting);
  const rest = told.items.filter((one) => !one.waiting);
  fill(
    stage,
    waiting.length === 0 && empty(t("emptyQuestions"), t("emptyQuestionsHint")),
    h("ul.asked", {}, [...waiting, ...rest].map((one) => question(one, send))),
    told.groups?.length > 0 && panel(t("topUnanswered"), "", h("ol.groups", {}, told.groups.slice(0, 10).map((group) => h("li", {}, h("span", {}, group.text), h("small", {}, t("askedBy", { n: group.visitors })))))),
  );
}

function question(one, send) {
  const words = h("textarea", { rows: "2", maxlength: "4000", placeholder: t("replyHint"), "aria-label": t("replyHint"), required: true });
  const also = h("input", { type: "checkbox", checked: !one.urgent });
  const trouble = h("p.trouble", { role: "alert", hidden: true });
  const form = h("form.reply", {}, words, h("label.check", {}, also, h("span", {}, t("alsoFaq"))), trouble, h("button.button.primary", { type: "submit" }, t("send")));
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      await send(one, { text: words.value.trim(), approve: also.checked });
    } catch (error) {
      if (error.status === undefined) throw error;
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  };
  return h(
    `li.question.panel${one.waiting ? ".is-waiting-for-her" : ""}`,
    { "data-question": one.question_id },
    h("p.question-line", {}, one.urgent && h("span.badge.is-retire", {}, t("urgent")), one.waiting && h("span.badge.is-pin", {}, t("waiting")), h("time", { datetime: one.at }, ago(one.at))),
    h("h3", {}, one.text),
    one.answer && h("p.quiet", {}, one.answer),
    one.reply ? h("p.replied", {}, one.reply) : one.waiting ? form : h("details.table", {}, h("summary", {}, t("reply")), form),
  );
}
