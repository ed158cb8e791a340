/** The shelf: price, stock, order, pins and offers; live for the next visitor. */
import { photo } from "../../card/art/photo.js";
import { fill, h } from "../../card/dom.js";
import { figure, t, text } from "../language.js";
import { empty, field, panel } from "../parts.js";

let sought = "";

export async function shelf(stage, tools) {
  const items = await tools.api.shelf();
  const list = h("ul.goods");
  const show = () => fill(list, items.filter((item) => `${item.title} ${item.title_en} ${item.item_id}`.toLowerCase().includes(sought.toLowerCase())).map((item) => row(item, tools)));
  const search = h("input", { type: "search", value: sought, placeholder: t("search"), "aria-label": t("search") });
  search.oninput = () => {
    sought = search.value;
    show();
  };
  show();
  fill(stage, adder(tools, items.length === 0), items.length === 0 ? empty(t("emptyShelf"), t("emptyShelfHint")) : [h("div.bar", {}, search), list]);
}

function adder({ api, attempt, say, redraw }, open) {
  const ids = h("input", { type: "text", name: "items", required: true, autocomplete: "off", spellcheck: "false" });
  const trouble = h("p.trouble", { role: "alert", hidden: true });
  const button = h("button.button.primary", { type: "submit" }, t("addItem"));
  const form = h("form.adder", {}, field(t("itemId"), ids, t("itemIdHint")), button, trouble);
  const add = async () => {
    const rows = ids.value.trim().split(/[\s,，、]+/).map((item_id) => ({ item_id }));
    const told = await api.put("shelf", rows);
    if (told.accepted) say(t("added", { n: told.accepted }));
    trouble.textContent = told.rejected.map((one) => `${rows[one.index].item_id}: ${one.detail.replace(/^item_id: /, "")}`).join("; ");
    trouble.hidden = !told.rejected.length;
    if (!told.rejected.length) await redraw();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    attempt(add, button);
  };
  return h("details.panel.table", { open: open || null }, h("summary", {}, t("addItem")), form);
}

function row(item, tools) {
  const stock = item.stock === 0 ? t("soldOut") : item.stock == null ? "" : t("left", { n: item.stock });
  const running = item.promotions.filter((one) => one.running);
  return h(
    "li.good.is-listing",
    { "data-item": item.item_id },
    photo(h("img", { alt: "", loading: "lazy" }), item),
    h(
      "div.good-head",
      {},
      h("h3", {}, text(item, "title")),
      h("p", {}, h("b.price", {}, figure(item.price, "yuan")), item.usual_price > item.price && h("s", {}, figure(item.usual_price, "yuan")), stock && h(`span.badge${item.stock < 5 ? ".is-retire" : ""}`, {}, stock), item.pinned && h("span.badge.is-pin", {}, t("pinned")), running.map((one) => h("span.badge.is-offer", {}, one.label || t(`kind.${one.kind}`)))),
    ),
    h("div.good-acts", {}, h("button.button", { type: "button", "data-act": "edit", onclick: () => editor(item, tools) }, t("edit"))),
  );
}

/** Open the dialog that changes one listing. */
function editor(item, { api, dialog, redraw, say }) {
  const number = (value, step = "any") => h("input", { type: "number", min: "0", step, value: value ?? "", inputmode: "decimal" });
  const price = number(item.usual_price === item.list_price ? null : item.usual_price);
  const stock = number(item.own_stock, "1");
  const position = h("input", { type: "number", step: "any", value: item.position });
  const pinned = h("input", { type: "checkbox", checked: item.pinned });
  const offers = item.promotions.map(offer);
  const list = h("div.offers");
  const trouble = h("p.trouble", { role: "alert", hidden: true });
  const draw = () => fill(list, offers.map((one) => one.draw(() => { offers.splice(offers.indexOf(one), 1); draw(); })));
  const more = h("button.button", { type: "button", "data-act": "add-offer", onclick: () => { offers.push(offer({ promotion_id: `p${Date.now().toString(36)}`, kind: "limited" })); draw(); } }, t("addPromotion"));
  const form = h(
    "form.editor",
    { method: "dialog" },
    h("h2", {}, text(item, "title")),
    h("div.fields", {}, field(t("usualPrice"), price, item.list_price == null ? "" : t("listPrice", { price: figure(item.list_price, "yuan") })), field(t("stock"), stock, t("stockHint")), field(t("position"), position, t("positionHint"))),
    h("label.check", {}, pinned, h("span", {}, t("pin"))),
    h("h3", {}, t("promotions")),
    list,
    more,
    trouble,
    h("div.dialog-acts", {}, h("button.button", { type: "button", "data-act": "take-down", onclick: () => save({ removed: true }, "tookDown") }, t("takeDown")), h("button.button", { type: "button", onclick: () => dialog.close() }, t("cancel")), h("button.button.primary", { type: "submit" }, t("save"))),
  );
  const save = async (change, done) => {
    try {
      await api.list(item, change);
      dialog.close();
      say(t(done));
      await redraw();
    } catch (error) {
      if (error.status === undefined) throw error;
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    const amount = (input) => (input.value === "" ? null : Number(input.value));
    save({ price: amount(price), stock: amount(stock), position: Number(position.value || 0), pinned: pinned.checked, promotions: offers.map((one) => one.value()) }, "saved");
  };
  draw();
  fill(dialog, form);
  dialog.showModal();
}

/** One offer of the dialog: its fields follow its kind. */
function offer(one) {
  const known = { ...one };
  const input = (name, type, label) => {
    const made = h("input", { type, value: type === "datetime-local" ? local(known[name]) : (known[name] ?? ""), min: type === "number" ? "0" : null, step: type === "number" ? "any" : null, name });
    made.onchange = () => {
      known[name] = type === "number" ? (made.value === "" ? null : Number(made.value)) : type === "datetime-local" ? (made.value ? new Date(made.value).toISOString() : "") : made.value;
    };
    return field(t(label), made);
  };
  const draw = (remove) => {
    const kind = h("select", { "aria-label": t("promotions"), name: "kind" }, ["limited", "coupon", "group"].map((name) => h("option", { value: name }, t(`kind.${name}`))));
    kind.value = known.kind;
    const fields = h("div.fields");
    const fit = () => {
      known.kind = kind.value;
      fill(
        fields,
        known.kind === "coupon" ? [input("amount", "number", "amount"), input("least", "number", "least")] : input("price", "number", "price"),
        known.kind === "group" && input("group_size", "number", "groupSize"),
        input("starts", "datetime-local", "starts"),
        input("ends", "datetime-local", "ends"),
        input("label", "text", "label"),
      );
    };
    kind.onchange = fit;
    fit();
    return h("fieldset.offer", {}, h("div.offer-head", {}, kind, known.running != null && h(`span.badge${known.running ? ".is-offer" : ""}`, {}, t(known.running ? "running" : "notRunning")), h("button.button", { type: "button", onclick: remove }, t("remove"))), fields);
  };
  const value = () => {
    const wanted = { promotion_id: known.promotion_id, kind: known.kind, label: known.label ?? "", ...(known.starts ? { starts: known.starts } : {}), ...(known.ends ? { ends: known.ends } : {}) };
    if (known.kind === "coupon") return { ...wanted, amount: known.amount ?? null, least: known.least ?? 0 };
    return { ...wanted, price: known.price ?? null, ...(known.kind === "group" ? { group_size: Math.round(known.group_size ?? 0) } : {}) };
  };
  return { draw, value };
}

/** Write a moment as a local date-time field holds it. */
function local(moment) {
  if (!moment) return "";
  const when = new Date(moment);
  return new Date(when - when.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
