/** The public API as this page uses it. Every call may fail; what fails says so with a `Problem`. */

const TIMEOUT_MS = 10_000;

/** What the service answered instead of a result; `status` is 0 when nothing came at all. */
export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail || code);
    this.status = status;
    this.code = code;
  }
}

export class Api {
  #seller;
  #headers;

  constructor({ seller, key }) {
    this.#seller = encodeURIComponent(seller);
    this.#headers = key ? { Authorization: `Bearer ${key}` } : {};
  }

  card() {
    return this.#call(`/sellers/${this.#seller}/card`);
  }

  /** Fetch the whole shelf, page after page. */
  async shelf() {
    const items = [];
    let cursor = "";
    do {
      const page = await this.#call(`/sellers/${this.#seller}/shelf${cursor && `?cursor=${encodeURIComponent(cursor)}`}`);
      items.push(...page.items);
      cursor = page.next_cursor ?? "";
    } while (cursor);
    return items;
  }

  /** Ask for picks: `query` is the body of `POST /recommend`; a newer question aborts by `signal`. */
  recommend(query, signal) {
    return this.#call("/recommend", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(query),
      signal,
    });
  }

  /** Ask the shop's assistant: `question` is the body of `POST /answer`. */
  ask(question) {
    return this.#call("/answer", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(question),
    });
  }

  /** Look whether a question that was handed over has been answered. */
  answer(name, visitor) {
    return this.#call(`/answers/${encodeURIComponent(name)}?visitor_id=${encodeURIComponent(visitor)}`);
  }

  /** Fetch questions that this shop's visitors are likely to ask, as far as they stand in a language. */
  suggestions(locale) {
    return this.#call(`/sellers/${this.#seller}/suggestions?locale=${encodeURIComponent(locale)}`);
  }

  /** Ask how picks come about at this shop. */
  transparency() {
    return this.#call(`/transparency?seller_id=${this.#seller}`);
  }

  async #call(path, { headers = {}, signal, ...rest } = {}) {
    const limits = [AbortSignal.timeout(TIMEOUT_MS), signal].filter(Boolean);
    let response;
    try {
      response = await fetch(path, {
        ...rest,
        headers: { Accept: "application/json", ...this.#headers, ...headers },
        signal: AbortSignal.any ? AbortSignal.any(limits) : limits.at(-1),
      });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw new Problem(0, "unreachable", error.message);
    }
    const answer = await response.json().catch(() => null);
    if (response.ok && answer) return answer;
    throw new Problem(response.status, answer?.code ?? "unexpected", answer?.detail ?? "");
  }
}
