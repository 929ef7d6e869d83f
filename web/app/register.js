// The register: an amount from keys, lines of a sale, tip, shares, and what else
// the next payment is. There is no field to type text into.
import { $, all, leave, pressed, say } from "./dom.js";
import { state, on, emit, kept, choice } from "./state.js";
import { t, money } from "./words.js";
import { sumOf, tipOf, begin, dueOf, nextShare, settle } from "./bill.js";
import { left, held } from "./payment.js";
import { tab } from "./views.js";

const fresh = () => ({ digits: "", tip: 0, keyed: false, part: false, hold: false });

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

const extra = () => register.follow ? 0 : tipOf(base(), register.tip);

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
  const { tip, part, hold, keyed, digits } = register;
  return { key, amount: amount + tipOf(amount, tip), tipped: tipOf(amount, tip), currency: currency(), digits, tip, part, hold, keyed };
}

export function question(a) {
  if (a.of) return { amount: a.amount };
  const q = { amount: a.amount, currency: a.currency, type: a.hold ? "preauth" : "sale", entry: a.keyed ? "keyed" : "card_present" };
  if (a.tipped && !a.hold) q.tip = a.tipped;
  if (a.part && !a.hold) q.partial_allowed = true;
  return q;
}

// putBack fills the pad again with an attempt that never began.
export function putBack(a) {
  register.follow = null;
  if (!a.of) Object.assign(register, { digits: a.digits || "", tip: a.tip || 0, part: a.part === true, hold: a.hold === true, keyed: a.keyed === true });
  notice(t(a.of ? "pad.never_began_of" : "pad.never_began"));
}

// next is the pad after a payment: empty, unless something is still to pay.
export function next(p) {
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

// follow lets the keypad say how much of a payment is given back or captured.
export function follow(payment, what) {
  const max = what === "refunds" ? left(payment) : held(payment);
  Object.assign(register, fresh(), { follow: { payment, what, most: max }, digits: String(max) });
  notice("");
  tab("charge");
  emit("current");
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
    if (whole + (register.follow ? 0 : tipOf(whole, register.tip)) > Math.max(most(), 0)) { tooMuch(); return; }
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

// choose says what else the next payment is. A tip that would make it more than the
// terminal takes is not taken.
export function choose(change) {
  const before = register.tip;
  Object.assign(register, change);
  if (state.terminal && base() + extra() > state.terminal.max_amount) register.tip = before;
  if (register.hold) Object.assign(register, { tip: 0, part: false });
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

function label() {
  if (register.follow) {
    const most = money(register.follow.most, currency());
    return t(register.follow.what === "refunds" ? "pad.refund_up_to" : "pad.capture_up_to", { amount: most });
  }
  const tip = extra();
  if (register.bill) return t("pad.due", { amount: money(dueOf(register.bill), currency()) });
  if (tip) return t("pad.with_tip", { amount: money(tip, currency()) });
  return register.lines.length ? t("pad.next_item") : t("pad.amount");
}

function chargeWords(amount) {
  if (state.sending) return t("pad.sending");
  const verb = register.follow ? t(register.follow.what === "refunds" ? "pad.refund" : "pad.capture") : t(register.hold ? "pad.hold" : "pad.charge");
  if (!amount || !currency()) return verb;
  const words = [`${verb} ${money(amount + extra(), currency())}`];
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
  $("show-tip").disabled = state.sending || register.hold;
  say($("show-split"), register.people > 1 ? t("split.chosen", { n: register.people }) : t("split.word"));
  $("show-split").disabled = state.sending || Boolean(register.bill);
  say($("show-more"), ["keyed", "part", "hold"].filter((o) => register[o]).map((o) => t(`more.${o}`)).join(", ") || t("more.word"));
  $("show-more").disabled = state.sending;
  for (const o of ["keyed", "part", "hold"]) $(o).setAttribute("aria-checked", String(register[o]));
  for (const [id, chosen] of [["show-tip", register.tip > 0], ["show-split", register.people > 1], ["show-more", register.keyed || register.part || register.hold]]) {
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
  for (const o of ["keyed", "part", "hold"]) $(o).addEventListener("click", () => choose({ [o]: !register[o] }));
  document.addEventListener("keydown", (e) => onKey(e, charge));
  on("terminal", () => { if (!$("pad").hidden) paintPad(); });
}
