/** The JSON API as the dashboard uses it: the same one that everybody else has. */

const TIMEOUT_MS = 15_000;

/** What the service answered instead of a result; `status` is 0 when nothing came at all. */
export class Problem extends Error {
  constructor(status, problem) {
    super(problem?.detail || problem?.code || String(status));
    this.status = status;
    this.code = problem?.code ?? "unexpected";
    this.fields = problem?.errors ?? [];
  }
}

export class Api {
  #base;
  #csrf = "";

  constructor(seller) {
    this.seller = seller;
    this.#base = `/sellers/${encodeURIComponent(seller)}`;
  }

  /** Say whether this browser may read the dashboard; learn the token that changes need. */
  async session() {
    this.#csrf = (await this.get("session")).csrf;
  }

  async signIn(key) {
    this.#csrf = (await this.#call("POST", "session", { key })).csrf;
  }

  async signOut() {
    await this.#call("DELETE", "session");
    this.#csrf = "";
  }

  /** Return the address of a table as a spreadsheet. */
  csv(path, query = {}) {
    return this.#address(path, { ...query, format: "csv" });
  }

  get(path, query = {}) {
    return this.#call("GET", path, undefined, query);
  }

  /** Fetch what may not be there yet; null when it is not. */
  async find(path, query = {}) {
    try {
      return await this.get(path, query);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  put(path, body) {
    return this.#call("PUT", path, body);
  }

  post(path, body) {
    return this.#call("POST", path, body);
  }

  remove(path) {
    return this.#call("DELETE", path);
  }

  /** Fetch the whole shelf, page after page; empty before anything was put on it. */
  async shelf() {
    const items = [];
    let cursor = "";
    do {
      const page = await this.find("shelf", cursor ? { cursor } : {});
      items.push(...(page?.items ?? []));
      cursor = page?.next_cursor ?? "";
    } while (cursor);
    return items;
  }

  /**
   * Change one listing and keep the rest of it as it is; raises a `Problem` when it is refused.
   *
   * @param {object} item a product as the shelf has it
   */
  async list(item, change) {
    await this.#upsert("shelf", { ...listing(item), ...change });
  }

  /** Change one entry of the assistant's, unless somebody else has meanwhile. */
  async entry(faq, change) {
    const { faq_id, question, answer, aliases, item_ids, status, valid_from, valid_until, allowed_terms, version } = faq;
    const row = { faq_id, question, answer, aliases, item_ids, status, valid_from, valid_until, allowed_terms, if_version: version };
    await this.#upsert("faqs", { ...row, ...change });
  }

  async #upsert(path, row) {
    const told = await this.put(path, [row]);
    if (told.rejected.length) throw new Problem(422, { detail: told.rejected[0].detail });
  }

  #address(path, query) {
    const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value != null && value !== ""));
    return `${this.#base}/${path}${words.size ? `?${words}` : ""}`;
  }

  async #call(method, path, body, query = {}) {
    let response;
    try {
      response = await fetch(this.#address(path, query), {
        method,
        headers: {
          Accept: "application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(this.#csrf && method !== "GET" ? { "X-CSRF-Token": this.#csrf } : {}),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (error) {
      throw new Problem(0, { detail: error.message });
    }
    const answer = await response.json().catch(() => null);
    if (response.ok && answer) return answer;
    throw new Problem(response.status, answer);
  }
}

/** A product's listing as `PUT …/shelf` takes it, whole. */
function listing(item) {
  const promotions = (item.promotions ?? []).map(({ running, starts, ends, ...rest }) => ({
    ...rest,
    ...(starts ? { starts } : {}),
    ...(ends ? { ends } : {}),
  }));
  return {
    item_id: item.item_id,
    position: item.position,
    price: item.usual_price === item.list_price ? null : item.usual_price,
    stock: item.own_stock ?? null,
    pinned: item.pinned,
    promotions,
  };
}
