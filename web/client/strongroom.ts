// Pays through a terminal's local HTTP interface: for tills written in TypeScript or
// JavaScript, in a browser or in Node 18 and newer. It depends on nothing.
//
// Every call that moves money takes a key, which the till writes down before it calls.
// Whatever is lost on the way, the same call with the same key is the same payment:
// pay() repeats by itself until its signal aborts, and recover() says what happened to
// a key, after a crash as well.

/** Asks for a payment. Amounts are minor units: cents. */
export interface PaymentRequest {
  amount: number;
  currency: string;
  type?: "sale" | "preauth";
  entry?: "card_present" | "keyed";
  tip?: number;
  cashback?: number;
  partial_allowed?: boolean;
  store_card?: boolean;
  token?: string;
  reference?: string;
  timeout_s?: number;
}

export type Outcome = "approved" | "partially_approved" | "declined" | "canceled" | "failed" | "not_charged";
export type Money = "none" | "held" | "captured" | "released" | "refunded" | "unknown";

/** How a payment stands. Outcome decides, and never changes; money is the cashier's word. */
export interface Payment {
  id: string;
  version: number;
  type: string;
  of: string | null;
  amount: number;
  currency: string;
  reference: string | null;
  status: string;
  stage: string | null;
  outcome: Outcome | null;
  money: Money;
  approved_amount: number | null;
  held_amount: number;
  captured_amount: number;
  refunded_amount: number;
  offline: boolean;
  follow_ups: string[];
  decline: { category: string; response_code: string | null } | null;
  failure: { code: string } | null;
  advice: string[];
  card: { token: string; masked: string; last4: string; brand: string; entry_mode: string } | null;
  created_at: string;
  updated_at: string;
}

export interface Sum {
  count: number;
  amount: number;
}

export interface Totals {
  sales: Sum;
  refunds: Sum;
  net: number;
}

/** How a batch stands; theirs is null until the acquirer has answered. */
export interface Batch {
  batch: number;
  state: "open" | "waiting" | "closing" | "closed" | "differs";
  pending: number;
  currency: string;
  ours: Totals;
  theirs: Totals | null;
}

/** One of the stream: payment, gap (events are missing: ask for what you care for) or display. */
export interface StreamEvent {
  id: number | null;
  name: string;
  data: unknown;
}

/** The terminal's refusal (RFC 9457): nothing began, except with code indeterminate. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly retry: string;
  readonly paymentId: string | null;
  readonly traceId: string;

  constructor(status: number, p: { code: string; title: string; retry: string; payment_id: string | null; trace_id: string }) {
    super(`${p.code} (${status}): ${p.title}`);
    this.name = "Problem";
    this.status = status;
    this.code = p.code;
    this.retry = p.retry;
    this.paymentId = p.payment_id;
    this.traceId = p.trace_id;
  }
}

export interface Config {
  /** The terminal's address, as in http://127.0.0.1:8443. */
  base: string;
  /** The till's secret. */
  token: string;
  /** Another way to send requests; globalThis.fetch where it is left out. */
  fetch?: typeof fetch;
}

const firstPause = 100;
const longestPause = 3000;
const waitSeconds = 25;
const callLimit = 40_000;

export class Terminal {
  private readonly base: string;
  private readonly token: string;
  private readonly fetch: typeof fetch;

  constructor(c: Config) {
    this.base = c.base.replace(/\/+$/, "");
    this.token = c.token;
    this.fetch = c.fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  /** Begins a payment, or finds the one that the key has, and follows it to its outcome.
   *  A decline is no error; a Problem means that nothing began. After an abort, ask
   *  recover(): until then don't hand over goods, and don't charge again. */
  pay(key: string, request: PaymentRequest, signal?: AbortSignal): Promise<Payment> {
    return this.run("/v1/payments", key, request, signal);
  }

  /** Takes of what a preauth holds; last releases the rest. */
  capture(key: string, id: string, amount: number, last: boolean, signal?: AbortSignal): Promise<Payment> {
    return this.run(`${path(id)}/capture`, key, { amount, last }, signal);
  }

  /** Holds more under a preauth. */
  increment(key: string, id: string, amount: number, signal?: AbortSignal): Promise<Payment> {
    return this.run(`${path(id)}/increment`, key, { amount }, signal);
  }

  /** Gives back of what was captured. */
  refund(key: string, id: string, amount: number, signal?: AbortSignal): Promise<Payment> {
    return this.run(`${path(id)}/refunds`, key, { amount }, signal);
  }

  /** Takes a payment back before its batch is closed. */
  void(key: string, id: string, signal?: AbortSignal): Promise<Payment> {
    return this.run(`${path(id)}/void`, key, {}, signal);
  }

  /** What happened to this key? null: nothing began under it. */
  async recover(key: string, signal?: AbortSignal): Promise<Payment | null> {
    try {
      return await this.surely<Payment>("GET", `/v1/payments?idempotency_key=${encodeURIComponent(key)}`, undefined, undefined, signal);
    } catch (e) {
      if (e instanceof Problem && e.code === "never_seen") return null;
      throw e;
    }
  }

  /** Waits for the outcome of a payment, over whatever interrupts it. */
  async follow(p: Payment, signal?: AbortSignal): Promise<Payment> {
    while (p.outcome === null) {
      p = await this.surely<Payment>("GET", `${path(p.id)}?wait=${waitSeconds}&since=${p.version}`, undefined, undefined, signal);
    }
    return p;
  }

  /** Asks that a payment end without charge. It may lose: its outcome says who won. */
  cancel(id: string, signal?: AbortSignal): Promise<Payment> {
    return this.surely<Payment>("POST", `${path(id)}/cancel`, undefined, undefined, signal);
  }

  /** One copy of the receipt. */
  async receipt(id: string, copy: "merchant" | "customer", format: "json" | "text" | "html" | "escpos"): Promise<ArrayBuffer> {
    const res = await this.send("GET", `${path(id)}/receipt?copy=${copy}&format=${format}`);
    return res.arrayBuffer();
  }

  /** Closes the batch that is open, and waits until both sides have told their totals. */
  async closeBatch(key: string, signal?: AbortSignal): Promise<Batch> {
    let b = await this.surely<Batch>("POST", "/v1/batches/current/close", key, {}, signal);
    for (let pause = firstPause; b.state !== "closed" && b.state !== "differs"; pause = Math.min(2 * pause, longestPause)) {
      await sleep(pause, signal);
      b = await this.surely<Batch>("GET", `/v1/batches/${b.batch}`, undefined, undefined, signal);
    }
    return b;
  }

  /** Each event behind the one numbered after, from now on where it is left out. After a
   *  broken connection it goes on where it was. */
  async *events(after?: number, signal?: AbortSignal): AsyncGenerator<StreamEvent, void, void> {
    let pause = firstPause;
    for (;;) {
      try {
        const headers: Record<string, string> = after === undefined ? {} : { "Last-Event-ID": String(after) };
        const res = await this.send("GET", "/v1/events", undefined, undefined, signal, headers);
        for await (const e of readStream(res)) {
          if (e.id !== null) after = e.id;
          pause = firstPause;
          yield e;
        }
      } catch (e) {
        if (signal?.aborted || (e instanceof Problem && e.retry !== "after_seconds")) throw e;
      }
      await sleep(pause, signal);
      pause = Math.min(2 * pause, longestPause);
    }
  }

  private async run(address: string, key: string, body: unknown, signal?: AbortSignal): Promise<Payment> {
    return this.follow(await this.surely<Payment>("POST", address, key, body, signal), signal);
  }

  /** Repeats a call until it is answered: where the answer was lost, and where nobody
   *  knows whether anything began. */
  private async surely<T>(method: string, address: string, key: string | undefined, body: unknown, signal?: AbortSignal): Promise<T> {
    for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
      try {
        const limit = new AbortController();
        const end = () => limit.abort();
        const timer = setTimeout(end, callLimit);
        signal?.addEventListener("abort", end);
        try {
          const res = await this.send(method, address, key, body, limit.signal);
          return (await res.json()) as T;
        } finally {
          clearTimeout(timer);
          signal?.removeEventListener("abort", end);
        }
      } catch (e) {
        if (signal?.aborted || (e instanceof Problem && e.code !== "in_flight" && e.code !== "indeterminate")) throw e;
      }
      await sleep(pause, signal);
    }
  }

  private async send(method: string, address: string, key?: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Response> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.token}`, ...more };
    if (key !== undefined) headers["Idempotency-Key"] = key;
    const init: RequestInit = { method, headers, redirect: "error", cache: "no-store" };
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    if (signal) init.signal = signal;
    const res = await this.fetch(this.base + address, init);
    if (!res.ok) throw new Problem(res.status, await res.json());
    return res;
  }
}

/** Draws an idempotency key. Write it down before it is used. */
export function newKey(): string {
  const b = new Uint8Array(16);
  globalThis.crypto.getRandomValues(b);
  return Array.from(b, (n) => n.toString(16).padStart(2, "0")).join("");
}

function path(id: string): string {
  return `/v1/payments/${encodeURIComponent(id)}`;
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    if (signal?.aborted) return failed(new Error("aborted"));
    const end = () => {
      clearTimeout(timer);
      failed(new Error("aborted"));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      done();
    }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** Reads server-sent events as the terminal writes them: each field on one line. */
async function* readStream(res: Response): AsyncGenerator<StreamEvent, void, void> {
  if (!res.body) return;
  const reader = res.body.getReader();
  const text = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += text.decode(value, { stream: true });
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const e = readEvent(block);
        if (e) yield e;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function readEvent(block: string): StreamEvent | null {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).replace(/^ /, ""));
  }
  const name = fields.get("event");
  const data = fields.get("data");
  const id = fields.get("id");
  if (name === undefined || data === undefined) return null;
  return { id: id === undefined ? null : Number(id), name, data: JSON.parse(data) };
}
