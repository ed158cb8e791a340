/** What a visitor can do with a product; each act is an event and says that it was heard. */
import { fill, h, icon } from "./dom.js";
import { t, text } from "./language.js";
import { share } from "./sharing.js";

/** Return the bar of buttons of a product's sheet, and its two quieter acts. */
export function actions(item, origin, { visit, notices, close, saved }) {
  const priced = { price: item.price ?? undefined, quantity: 1 };
  const has = (list) => visit.memory.has(list, item.item_id);

  const heart = h("button.button.is-heart", { type: "button" }, icon("heart"));
  const drawHeart = () => {
    heart.setAttribute("aria-pressed", String(has("saved")));
    heart.setAttribute("aria-label", t(has("saved") ? "favorited" : "favorite"));
  };
  heart.onclick = () => {
    const on = visit.memory.toggle("saved", item.item_id);
    if (on) visit.tell("favorite", origin);
    notices.say(t(on ? "favoriteNote" : "unfavoriteNote"), "heart");
    drawHeart();
    saved();
  };

  const cart = h("button.button", { type: "button", disabled: item.stock === 0 });
  const drawCart = () => {
    cart.setAttribute("aria-pressed", String(has("cart")));
    fill(cart, icon(has("cart") ? "check" : "bag", 18), t(has("cart") ? "carted" : "cart"));
  };
  cart.onclick = () => {
    const on = visit.memory.toggle("cart", item.item_id);
    if (on) visit.tell("cart", origin, priced);
    notices.say(t(on ? "cartNote" : "uncartNote"), "bag");
    drawCart();
  };

  const buy = h("button.button.primary", { type: "button", disabled: item.stock === 0 }, t("buy"));
  buy.onclick = () => {
    visit.tell("purchase", origin, priced);
    notices.say(t("buyNote", { name: text(visit.card, "name") }));
  };

  drawHeart();
  drawCart();
  return {
    bar: h("div.sheet-actions", {}, heart, cart, buy),
    share: () => shareCard(visit, notices, { item, origin }),
    hide: () => {
      if (!has("hidden")) visit.memory.toggle("hidden", item.item_id);
      visit.tell("not_interested", origin);
      notices.say(t("hideNote"), "hide");
      close();
    },
  };
}

/** Share the card, or one product on it, and tell the share. */
export async function shareCard(visit, notices, { item = null, origin = {} } = {}) {
  const name = text(visit.card, "name");
  const shared = await share({
    from: visit.referralCode,
    itemId: item?.item_id,
    title: item ? `${text(item, "title")} · ${name}` : t("shareText", { name }),
    show: (link) => (link ? notices.copy(t("copyThis"), link) : notices.say(t("copied"), "share")),
  });
  if (shared) visit.tell("share", origin, { share: shared });
}
