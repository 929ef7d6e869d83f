// What a payment is, in a mark, a colour and words. Pure: it asks nothing and
// paints nothing.
import { t, money } from "./words.js";

// kind is the colour and the mark of a payment; wait is never mixed up with an end.
export function kind(p) {
  if (p.status === "resolving" && !p.outcome) return ["wait", "hand", t("kind.unknown")];
  switch (p.outcome) {
    case "approved": return ["good", "check", approvedWord(p)];
    case "partially_approved": return ["part", "half", t("kind.part")];
    case "declined": return ["bad", "cross", t("kind.declined")];
    case "canceled": return ["calm", "minus", t("kind.canceled")];
    case "failed": case "not_charged": return ["calm", "minus", t("kind.not_charged")];
  }
  return ["run", "list", t("kind.running")];
}

// approvedWord is what an approval is, and what has become of it.
function approvedWord(p) {
  if (p.type === "void") return t("kind.void");
  if (p.money === "released") return p.type === "preauth" ? t("kind.released") : t("kind.voided");
  if (p.type === "refund") return t("kind.refund");
  if (p.money === "refunded") return t("kind.refunded");
  if (p.money === "held") return t("kind.held");
  return t("kind.approved");
}

// left is what of a payment can still be given back.
export const left = (p) => ["sale", "capture", "preauth"].includes(p.type) ? p.captured_amount - p.refunded_amount : 0;

// voidable leaves it to the terminal whether the batch is still open.
export const voidable = (p) => Boolean(p.outcome) && p.type !== "void" && ["held", "captured", "refunded"].includes(p.money);

// held is what can still be captured.
export const held = (p) => p.type === "preauth" && p.money === "held" ? p.held_amount : 0;

export const paid = (p) => p.outcome === "approved" || p.outcome === "partially_approved";

// signed reports whether the customer must sign the merchant's copy.
export const signed = (p) => p.cvm === "signature" && paid(p);

// referred is what the bank wants to be called about: its voice may still say yes.
export const referred = (p) => p.outcome === "declined" && p.type === "sale" && Boolean(p.decline) && p.decline.category === "call_issuer";

export const cardName = (p) => p.card ? `${t(`brands.${p.card.brand}`) || t("brands.unknown")} •••• ${p.card.last4}` : "";
export const entryName = (p) => p.card ? t(`entries.${p.card.entry_mode}`) : p.entry === "keyed" ? t("entries.keyed") : "";
export const verified = (p) => p.cvm ? t(`cvms.${p.cvm}`) : "";

// failure is why a payment ended; who keys a card was asked for no PIN.
export function failure(p) {
  if (!p.failure) return "";
  if (p.entry === "keyed" && p.failure.code === "pin_timeout") return t("failures.keyed_timeout");
  return t(`failures.${p.failure.code}`);
}

export const decline = (p) => p.decline ? t(`declines.${p.decline.category}`) || t("declines.declined") : "";

const scenes = {
  present_card: "present", card_inserted: "read", card_tapped: "tap", card_swiped: "read", tap_again: "tap", see_phone: "tap",
  one_card_only: "tap", read_again: "present", read_error_use_chip: "present", use_stripe: "present", insert_or_swipe: "present",
  key_card: "key", confirm_refund: "key", choose_app: "read", enter_pin: "pin", pin_entered: "pin", wrong_pin_try_again: "pin",
  contacting_bank: "bank", remove_card: "remove", starting: "present", canceling: "read",
};
const byStatus = { created: "starting", awaiting_card: "present_card", reading_card: "card_inserted", awaiting_pin: "enter_pin",
  authorizing: "contacting_bank", finalizing_card: "remove_card", cancel_requested: "canceling" };
export const step = { created: 0, awaiting_card: 0, reading_card: 0, awaiting_pin: 1, authorizing: 2, finalizing_card: 3 };

// prompt is scene, title and text for a payment under way. Only a chip in its slot
// must stay.
export function prompt(p) {
  let stage = p.stage && scenes[p.stage] ? p.stage : byStatus[p.status] || "starting";
  if (!p.stage && p.status === "awaiting_card" && p.entry === "keyed") stage = "key_card";
  if (p.cancel_requested && p.money === "none") stage = "canceling";
  let text = t(`stages.${stage}.text`);
  if (p.stage === "contacting_bank" && p.card) text = t(p.card.entry_mode === "chip" ? "stages.card_inserted.text" : "stages.contacting_bank.moment");
  return [scenes[stage], t(`stages.${stage}.title`), text];
}

// outcomeWords are title, sum and sentence of an end, or of not knowing one.
export function outcomeWords(p) {
  const sum = p.amount ? money(p.amount, p.currency) : "";
  if (p.outcome === "approved") {
    switch (p.type) {
      case "refund": return [t("ends.refunded"), sum, t("ends.refunded_text")];
      case "void": return [t("ends.voided"), sum, t("ends.voided_text")];
      case "preauth": case "increment": return [t("ends.held"), sum, t("ends.held_text")];
      case "balance": return [t("ends.told"), sum, t("ends.told_text")];
    }
  } else if (p.outcome && (p.of || p.type === "refund" || p.type === "balance")) {
    return [t("ends.not_done"), sum, `${decline(p) || failure(p)} ${t("ends.unchanged")}`];
  }
  return saleWords(p, sum);
}

// approvedText says what the cashier does now.
function approvedText(p) {
  const cash = p.cashback ? ` ${t("ends.hand_out", { amount: money(p.cashback, p.currency) })}` : "";
  return t(signed(p) ? "ends.sign" : "ends.approved_text") + cash;
}

function saleWords(p, sum) {
  switch (p.outcome) {
    case "approved":
      return [t("ends.approved"), money(p.approved_amount, p.currency), approvedText(p)];
    case "partially_approved": {
      const rest = t("ends.rest", { amount: money(p.amount - p.approved_amount, p.currency) });
      return [t("ends.part"), t("ends.of", { part: money(p.approved_amount, p.currency), sum }), signed(p) ? `${rest}. ${t("ends.sign_too")}` : rest];
    }
    case "declined":
      return [t("ends.declined"), sum, referred(p) ? t("ends.call") : `${decline(p)} ${t("ends.nothing")}`];
    case "canceled":
      return [t("ends.canceled"), sum, `${failure(p)} ${t("ends.nothing")}`];
    case "failed": case "not_charged":
      return [t("ends.not_charged"), sum, `${failure(p)} ${t("ends.nothing_again")}`];
  }
  return [t("ends.wait"), sum, t("ends.wait_text")];
}
