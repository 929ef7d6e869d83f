// What the terminal is asked for: where an attempt goes, and its words. Pure.

// none is how an option says that it is not chosen.
export const none = { tip: 0, cash: 0, keyed: false, part: false, hold: false, back: false };

// apart are options that the secure world would refuse beside each other.
const apart = [["cash", "keyed"], ["cash", "part"], ["cash", "hold"], ["cash", "back"], ["tip", "hold"], ["tip", "back"],
  ["keyed", "back"], ["part", "hold"], ["part", "back"], ["hold", "back"]];

// ruledOut is what a change leaves behind.
export function ruledOut(change) {
  const gone = {};
  for (const pair of apart) for (const [one, other] of [pair, [...pair].reverse()]) if (change[one]) gone[other] = none[other];
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
