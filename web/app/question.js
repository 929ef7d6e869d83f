// What the terminal is asked for: where an attempt goes, and its words. Pure.

// options are what a payment can be besides a sale of an amount; each rules out
// what the secure world would refuse beside it.
export const options = { keyed: ["cash", "back"], part: ["cash", "hold", "back"], hold: ["tip", "cash", "part", "back"], back: ["tip", "cash", "keyed", "part", "hold"] };

// none is how an option says that it is not chosen.
export const none = { tip: 0, cash: 0, keyed: false, part: false, hold: false, back: false };

// ruledOut is what a change leaves behind.
export function ruledOut(change) {
  const gone = {};
  for (const [option, others] of Object.entries(options)) if (change[option]) for (const o of others) gone[o] = none[o];
  if (change.cash) for (const [option, others] of Object.entries(options)) if (others.includes("cash")) gone[option] = false;
  if (change.tip) for (const [option, others] of Object.entries(options)) if (others.includes("tip")) gone[option] = false;
  return gone;
}

export function door(a) {
  if (a.of) return `/v1/payments/${a.of}/${a.what}`;
  if (a.balance) return "/v1/balance-inquiries";
  return a.back ? "/v1/refunds" : "/v1/payments";
}

export function question(a) {
  if (a.of) return a.what === "void" ? {} : { amount: a.amount };
  if (a.balance) return { currency: a.currency };
  if (a.back) return { amount: a.amount, currency: a.currency };
  const q = { amount: a.amount, currency: a.currency, type: a.hold ? "preauth" : "sale", entry: a.keyed ? "keyed" : "card_present" };
  if (a.tipped) q.tip = a.tipped;
  if (a.cash) q.cashback = a.cash;
  if (a.part) q.partial_allowed = true;
  return q;
}
