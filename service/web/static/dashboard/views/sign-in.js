/** Ask for the seller's key; it goes to the service once and is kept nowhere. */
import { h } from "../../card/dom.js";
import { field } from "../parts.js";
import { t } from "../language.js";

export function signIn(api, done) {
  const key = h("input", { type: "password", name: "key", autocomplete: "current-password", required: true, spellcheck: "false" });
  const trouble = h("p.trouble", { role: "alert", hidden: true });
  const button = h("button.button.primary", { type: "submit" }, t("signIn"));
  const form = h("form.sign-in.panel", {}, h("h2", {}, t("signInTitle")), h("p.quiet", {}, t("signInHint")), h("input", { type: "text", name: "username", autocomplete: "username", value: api.seller, hidden: true, readonly: true }), field(t("key"), key), trouble, button);
  form.onsubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await api.signIn(key.value.trim());
      await done();
    } catch (error) {
      if (error.status === undefined) throw error;
      trouble.textContent = error.status === 401 ? t("wrongKey") : error.status === 429 ? t("tooOften") : error.message;
      trouble.hidden = false;
      button.disabled = false;
    }
  };
  return form;
}
