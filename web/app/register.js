// The register: an amount from keys, lines of a sale, tip, shares, and what else
// the next payment is. There is no field to type text into.
import { $, all, leave, pressed, say, toPad } from "./dom.js";
import { state, on, emit, kept, choice } from "./state.js";
import { t, money } from "./words.js";
import { sumOf, tipOf, begin, dueOf, nextShare, settle } from "./bill.js";
import { left, held } from "./payment.js";
import { none, ruledOut } from "./question.js";
import { tab } from "./views.js";

const fresh = () => ({ digits: "", ...none });
const switches = Object.keys(none).filter((o) => none[o] === false);

export const register = {
  ...fresh(),
  lines: [],        // {kind, amount, count}, amount of one
  people: 1,        // who share the bill
  bill: null,       // once the first of several has been asked to pay
  follow: null,     // {payment, what, most}: the keypad's amount continues a payment
};

export const currency = () => register.follow ? register.follow.payment.currency : state.terminal ? state.terminal.currency : null;

// typed is what the keypad says.
const typed = () => Number(register.digits || "0");

// base is the amount of the next payment without its tip.
export function base() {
  if (register.follow) return typed();
  if (register.bill) return typed() || nextShare(register.bill);
  const total = sumOf(register.lines) + typed();
  return register.people > 1 ? nextShare(begin(total, register.people)) : total;
}

// extra is what comes on top of it: tip, and cash that is handed out.
const extra = () => register.follow ? 0 : tipOf(base(), register.tip) + register.cash;

// most is what the keypad takes.
function most() {
  if (register.follow) return register.follow.most;
  if (register.bill) return dueOf(register.bill);
  return state.terminal ? state.terminal.max_amount : Infinity;
}

// attempt is the next payment, as it is asked for and as it is put back where it
// never began.
export function attempt(key) {
  const amount = base();
  if (register.follow) {
    const f = register.follow;
    return { key, amount, currency: f.payment.currency, of: f.payment.id, what: f.what };
  }
  if (register.people > 1 && !register.bill) {
    register.bill = begin(sumOf(register.lines) + typed(), register.people);
    register.digits = "";
    keep();
  }
  const { tip, cash, part, hold, keyed, back, digits } = register;
  const tipped = tipOf(amount, tip);
  return { key, amount: amount + tipped + cash, tipped, currency: currency(), digits, tip, cash, part, hold, keyed, back };
}

// putBack fills the pad again with an attempt that never began.
export function putBack(a) {
  register.follow = null;
  if (!a.of && !a.balance) {
    Object.assign(register, { digits: a.digits || "", tip: a.tip || 0, cash: a.cash || 0 });
    for (const o of switches) register[o] = a[o] === true;
  }
  notice(t(a.of || a.balance || a.back ? "pad.never_began_of" : "pad.never_began"));
}

// next is the pad after a payment: empty, unless something is still to pay.
export function next(p) {
  if (p && p.type === "balance") { notice(""); return; } // what was being rung up is still there
  const rest = p && p.outcome === "partially_approved" && !register.bill ? p.amount - p.approved_amount : 0;
  const paid = p && !p.of && (p.outcome === "approved" || p.outcome === "partially_approved");
  if (register.bill && p && paid) register.bill = settle(register.bill, p);
  if (register.bill ? dueOf(register.bill) < 1 : paid) { register.lines = []; register.people = 1; register.bill = null; }
  register.follow = null;
  Object.assign(register, fresh(), { digits: rest ? String(rest) : "" }); // each payment says anew what it is
  notice("");
  keep();
}

// settled enters a payment's end at once, so that a reload does not forget it.
export function settled(p) {
  if (!register.bill || p.of) return;
  register.bill = settle(register.bill, p);
  keep();
}

// follow lets the keypad say how much of a payment is given back or captured, or how
// much more is held.
export function follow(payment, what) {
  const more = what === "increment";
  const max = more ? state.terminal.max_amount - held(payment) : what === "refunds" ? left(payment) : held(payment);
  Object.assign(register, fresh(), { follow: { payment, what, most: max }, digits: more ? "" : String(max) });
  notice("");
  tab("charge");
  emit("current");
  toPad();
}

function stop() {
  if (register.follow) { register.follow = null; register.digits = ""; }
  else { register.bill = null; register.lines = []; register.people = 1; register.digits = ""; }
  notice("");
  keep();
}

export function keep() {
  kept.save("register", { lines: register.lines, people: register.people, bill: register.bill });
  emit("cart");
  paintPad();
}

function recall() {
  const was = kept.load("register");
  if (was && Array.isArray(was.lines)) Object.assign(register, { lines: was.lines, people: was.people || 1, bill: was.bill || null });
}

export function notice(text) { say($("notice"), text); }

export function press(key) {
  notice("");
  if (state.sending || state.current) return;
  if (key === "back") register.digits = register.digits.slice(0, -1);
  else if (key === "clear") register.digits = "";
  else {
    const digits = (register.digits + key).replace(/^0+/, "");
    const amount = Number(digits || "0");
    const whole = register.follow || register.bill ? amount : sumOf(register.lines) + amount;
    if (whole + (register.follow ? 0 : tipOf(whole, register.tip) + register.cash) > Math.max(most(), 0)) { tooMuch(); return; }
    register.digits = digits;
  }
  paintPad();
  emit("cart");
}

function tooMuch() {
  const amount = currency() ? money(most(), currency()) : "";
  notice(register.follow || register.bill ? t("pad.no_more_left", { amount }) : t("pad.no_more", { amount }));
  $("amount").classList.remove("no");
  void $("amount").offsetWidth; // starts the animation anew
  $("amount").classList.add("no");
}

// choose says what else the next payment is. A tip or cash that would make it more
// than the terminal takes is not taken.
export function choose(change) {
  const { tip, cash } = register;
  Object.assign(register, change, ruledOut(change));
  if (state.terminal && base() + extra() > state.terminal.max_amount) Object.assign(register, { tip, cash });
  keep();
}

// addLine turns what the keypad says into a line of the sale.
function addLine() {
  const amount = typed();
  if (amount < 1 || register.follow || register.bill || state.sending) return;
  register.lines = [...register.lines, { kind: "item", amount, count: 1 }];
  register.digits = "";
  keep();
}

const verbs = { refunds: "pad.refund", capture: "pad.capture", increment: "pad.raise" };

function verb() {
  if (register.follow) return t(verbs[register.follow.what]);
  return t(register.back ? "pad.refund" : register.hold ? "pad.hold" : "pad.charge");
}

function label() {
  if (register.follow) {
    const most = money(register.follow.most, currency());
    return t(`${verbs[register.follow.what]}_up_to`, { amount: most });
  }
  const tip = tipOf(base(), register.tip), cash = register.cash;
  if (register.bill) return t("pad.due", { amount: money(dueOf(register.bill), currency()) });
  if (tip && cash) return t("pad.with_both", { tip: money(tip, currency()), cash: money(cash, currency()) });
  if (tip) return t("pad.with_tip", { amount: money(tip, currency()) });
  if (cash) return t("pad.with_cash", { amount: money(cash, currency()) });
  return register.lines.length ? t("pad.next_item") : t("pad.amount");
}

function chargeWords(amount) {
  if (state.sending) return t("pad.sending");
  if (!amount || !currency()) return verb();
  const words = [`${verb()} ${money(amount + extra(), currency())}`];
  if (register.keyed) words.push(t("pad.keyed"));
  if (register.people > 1) words.push(t("pad.share", { n: register.bill ? register.bill.full + 1 : 1, of: register.people }));
  return words.join(", ");
}

export function paintPad() {
  const amount = base(), shown = register.bill && !typed() ? amount : typed();
  const text = currency() ? money(shown, currency()) : "";
  say($("amount"), text);
  $("amount").classList.toggle("none", shown === 0);
  $("amount").classList.toggle("long", text.length > 9);
  $("charge").disabled = amount === 0 || state.sending || !state.terminal;
  say($("charge"), chargeWords(amount));
  if (currency()) say($("amount-label"), label());
  $("stop").hidden = !register.follow && !register.bill;
  say($("stop"), register.follow ? t("pad.leave_it") : t("pad.leave_rest"));
  paintExtras();
  document.title = state.terminal ? `${t("pad.charge")} – ${state.terminal.merchant.name}` : t("pad.charge");
}

function paintExtras() {
  $("extras").hidden = Boolean(register.follow);
  $("add-line").disabled = typed() < 1 || Boolean(register.bill) || state.sending;
  say($("show-tip"), register.tip ? t("tip.chosen", { n: register.tip }) : t("tip.title"));
  $("show-tip").disabled = state.sending || register.hold || register.back;
  say($("show-split"), register.people > 1 ? t("split.chosen", { n: register.people }) : t("split.word"));
  $("show-split").disabled = state.sending || Boolean(register.bill) || register.back;
  const more = switches.filter((o) => register[o]).map((o) => t(`more.${o}`));
  if (register.cash) more.push(t("cash.chosen", { amount: money(register.cash, currency()) }));
  say($("show-more"), more.join(", ") || t("more.word"));
  $("show-more").disabled = state.sending;
  $("back").disabled = register.people > 1; // a share of a bill is paid, never given back
  for (const o of switches) $(o).setAttribute("aria-checked", String(register[o]));
  for (const [id, chosen] of [["show-tip", register.tip > 0], ["show-split", register.people > 1], ["show-more", more.length > 0]]) {
    $(id).classList.toggle("on", chosen);
  }
  pressed(all("[data-tip]"), (b) => Number(b.dataset.tip) === register.tip);
}

function onKey(e, charge) {
  if (e.ctrlKey || e.metaKey || e.altKey || $("pad").hidden || document.body.dataset.tab !== "charge" ||
    document.querySelector("dialog[open]") || !$("locked").hidden || e.target.closest?.("select")) return;
  const idle = document.activeElement === document.body || document.activeElement === $("amount");
  if (e.key === "Enter" && !e.repeat && idle) { e.preventDefault(); charge(); return; }
  if (choice.get("digits") === "off" && !$("keys").contains(document.activeElement)) return;
  if (e.key === "+") { e.preventDefault(); addLine(); return; }
  let key = null;
  if (e.key >= "0" && e.key <= "9" && e.key.length === 1) key = e.key;
  else if (e.key === "Backspace") key = "back";
  else if (e.key === "Delete" || e.key === "Escape") key = "clear";
  if (key === null) return;
  e.preventDefault();
  press(key);
  const b = document.querySelector(`[data-key="${key}"]`);
  if (b) { b.classList.add("down"); setTimeout(() => b.classList.remove("down"), 110); }
}

export function wireRegister(charge) {
  recall();
  for (const b of all("[data-key]")) b.addEventListener("click", (e) => { press(b.dataset.key); leave(b, e); });
  $("charge").addEventListener("click", charge);
  $("add-line").addEventListener("click", (e) => { addLine(); leave($("add-line"), e); });
  $("stop").addEventListener("click", stop);
  for (const name of ["tip", "split", "more"]) {
    $(`show-${name}`).addEventListener("click", (e) => {
      $(name).showModal();
      $(name).addEventListener("close", () => leave($(`show-${name}`), e), { once: true });
    });
  }
  for (const o of switches) $(o).addEventListener("click", () => choose({ [o]: !register[o] }));
  document.addEventListener("keydown", (e) => onKey(e, charge));
  on("terminal", () => { if (!$("pad").hidden) paintPad(); });
}
