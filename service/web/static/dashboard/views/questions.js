/** What visitors asked: replying on the spot, and approving what the assistant may say from it. */
import { fill, h } from "../../card/dom.js";
import { ago, t } from "../language.js";
import { empty, field, panel } from "../parts.js";

export async function questions(stage, tools) {
  const [told, { items: proposed }] = await Promise.all([tools.api.get("questions", { limit: 100 }), tools.api.get("faqs", { status: "proposed" })]);
  const waiting = told.items.filter((one) => one.waiting);
  const rest = told.items.filter((one) => !one.waiting);
  fill(
    stage,
    waiting.length === 0 && proposed.length === 0 && empty(t("emptyQuestions"), t("emptyQuestionsHint")),
    proposed.length > 0 && panel(t("toApprove"), t("toApproveNote"), h("ul.proposals", {}, proposed.map((one) => proposal(one, tools)))),
    h("ul.asked", {}, [...waiting, ...rest].map((one) => question(one, tools))),
    told.groups.length > 0 && panel(t("topUnanswered"), "", h("ol.groups", {}, told.groups.slice(0, 10).map((group) => h("li", {}, h("span", {}, group.text), h("small", {}, t("askedBy", { n: group.visitors })))))),
  );
}

function question(one, { api, attempt, say, redraw }) {
  const words = h("textarea", { rows: "2", maxlength: "4000", placeholder: t("replyHint"), "aria-label": t("replyHint"), required: true });
  const button = h("button.button.primary", { type: "submit" }, t("send"));
  const form = h("form.reply", {}, words, button);
  form.onsubmit = (event) => {
    event.preventDefault();
    attempt(async () => {
      const { faq } = await api.post(`questions/${encodeURIComponent(one.question_id)}/reply`, { text: words.value.trim() });
      say([t("replied"), ...faq.lint.filter(isMasked).map(finding)].join(" "));
      await redraw();
    }, button);
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

const isMasked = ({ rule, field }) => rule === "personal_data" && field === "answer";

/** Say what she should know of a text: what the law, masking or the shelf make of it. */
function finding({ rule, term }) {
  const key = ["personal_data", "unfilled"].includes(rule) ? `lint.${rule}` : "lint";
  return t(key, { term });
}

/** An answer that was made of her reply: in her words, until she lets the assistant use it. */
function proposal(faq, { api, attempt, say, redraw }) {
  const asked = h("input", { type: "text", name: "question", maxlength: "500", required: true, value: faq.question });
  const answer = h("textarea", { rows: "2", name: "answer", maxlength: "4000", required: true }, faq.answer);
  const approve = h("button.button.primary", { type: "submit", "data-act": "approve" }, t("approve"));
  const change = (status, done, button) =>
    attempt(async () => {
      await api.entry(faq, { question: asked.value.trim(), answer: answer.value.trim(), status });
      say(t(done));
      await redraw();
    }, button);
  const drop = h("button.button", { type: "button", "data-act": "drop", onclick: () => change("retired", "dropped", drop) }, t("drop"));
  const form = h(
    "form.editor",
    {},
    field(t("whenAsked"), asked),
    field(t("itAnswers"), answer),
    faq.lint.map((one) => h("p.trouble", {}, finding(one), " ", one.suggestion)),
    h("div.dialog-acts", {}, drop, approve),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    change("approved", "approved", approve);
  };
  return h("li.proposal", { "data-faq": faq.faq_id }, form);
}
