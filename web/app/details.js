// One payment: what is known of it, what can still be done, its receipt, and what
// happened step by step.
import { $, element, fill, twice, all, pressed, button, svg } from "./dom.js";
import { state } from "./state.js";
import { t, money, moment, exact } from "./words.js";
import { ask, glance, Lost } from "./ask.js";
import { kind, left, held, voidable, signed, decline, failure, cardName, entryName, verified } from "./payment.js";
import { follow } from "./register.js";
import { show, takeBack, byVoice } from "./sale.js";

export function details(id) {
  const p = state.payments.get(id);
  if (!p) return;
  if (!p.outcome) { show(p); return; } // what is under way belongs on the screen
  const [, , word] = kind(p);
  const sum = (minor) => minor ? money(minor, p.currency) : null;
  $("details-title").textContent = p.amount ? `${word} ${money(p.amount, p.currency)}` : word;
  fill($("details-list"), [
    [t("details.approved"), p.approved_amount === null ? null : money(p.approved_amount, p.currency)],
    [t("details.money"), t(`moneys.${p.money}`)],
    [t("tip.title"), sum(p.tip)], [t("details.cashback"), sum(p.cashback)],
    [t("details.to_pay"), p.outcome === "partially_approved" ? sum(p.amount - p.approved_amount) : null],
    [t("details.held"), sum(p.held_amount)], [t("details.captured"), sum(p.captured_amount)], [t("details.given_back"), sum(p.refunded_amount)],
    [t("details.offline"), p.offline ? t("details.offline_text") : null],
    [t("details.reason"), decline(p) || failure(p)],
    [t("details.code"), p.decline && p.decline.response_code],
    [t("details.card"), cardName(p)], [t("details.entry"), entryName(p)], [t("details.verified"), verified(p)],
    [t("details.reference"), p.reference], [t("details.attempts"), p.attempt > 1 ? p.attempt : null],
    [t("details.started"), moment(p.created_at)], [t("details.finished"), moment(p.updated_at)],
    [t("details.payment"), p.id, true],
  ]);
  deeds(p);
  timeline(p.id);
  $("details").showModal();
}

function deeds(p) {
  const busy = Boolean(state.current);
  const shut = (act) => () => { $("details").close(); act(); };
  $("details-capture").hidden = held(p) < 1 || busy;
  $("details-capture").textContent = t("pad.capture");
  $("details-capture").onclick = shut(() => follow(state.payments.get(p.id), "capture"));
  $("details-raise").hidden = held(p) < 1 || busy;
  $("details-raise").onclick = shut(() => follow(state.payments.get(p.id), "increment"));
  $("details-refund").hidden = left(p) < 1 || busy;
  $("details-refund").onclick = shut(() => follow(state.payments.get(p.id), "refunds"));
  $("details-void").hidden = !voidable(p) || busy;
  twice($("details-void"), t("details.void"), t("again", { word: t("details.void") }), shut(() => takeBack(p)));
  $("details-receipt").onclick = shut(() => receipt(p.id, firstCopy(p)));
}

async function timeline(id) {
  $("timeline").hidden = true;
  $("timeline").open = false;
  const line = await glance(`/v1/payments/${id}/events`);
  if (!line || !Array.isArray(line.events) || !line.events.length) return;
  $("timeline-list").replaceChildren(...line.events.map((e) => element("li", "",
    element("span", "", t(`stages.${e.stage}.title`) || t(`statuses.${e.status}`) || e.status), element("time", "", exact(e.at)))));
  $("timeline").hidden = false;
}

// firstCopy is the one to look at first: the merchant's where it is to be signed.
export const firstCopy = (p) => signed(p) ? "merchant" : "customer";

let receiptOf = null;
export async function receipt(id, copy = "customer") {
  receiptOf = id;
  pressed(all("[data-copy]"), (b) => b.dataset.copy === copy);
  if (!$("receipt").open) $("receipt").showModal();
  try {
    const r = await ask(`/v1/payments/${id}/receipt?format=text&copy=${copy}`);
    if (receiptOf !== id) return;
    $("paper").textContent = r.ok ? r.body : t("receipt.none");
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    $("paper").textContent = t("lost.short");
  }
}

// ---- the approval code, which the bank reads out ---------------------------------

let code = "";

export function voice() {
  code = "";
  paintCode();
  $("voice").showModal();
}

// spell takes what the bank read out. Six characters hold no card number.
function spell(character) {
  code = character === "back" ? code.slice(0, -1) : (code + character).slice(0, 6);
  paintCode();
}

function paintCode() {
  $("code").textContent = code.padEnd(6, "·");
  $("send-code").disabled = code.length < 6;
  const p = state.current;
  $("send-code").textContent = p ? `${t("pad.charge")} ${money(p.amount, p.currency)}` : t("pad.charge");
}

function onCodeKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (/^[0-9a-z]$/i.test(e.key)) spell(e.key.toUpperCase());
  else if (e.key === "Backspace") spell("back");
  else return;
  e.preventDefault();
}

function sendCode() {
  const p = state.current;
  if (!p || code.length < 6) return;
  $("voice").close();
  byVoice(p, code);
}

export function wireDetails() {
  for (const b of all("[data-copy]")) b.addEventListener("click", () => receipt(receiptOf, b.dataset.copy));
  $("show-receipt").addEventListener("click", () => receipt(state.current.id, firstCopy(state.current)));
  $("print").addEventListener("click", () => window.print());
  $("show-code").addEventListener("click", voice);
  $("send-code").addEventListener("click", sendCode);
  $("voice").addEventListener("keydown", onCodeKey);
  for (const c of "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") $("letters").append(button("", c, () => spell(c)));
  const back = button("", svg("back"), () => spell("back"));
  back.dataset.tLabel = "pad.back";
  back.setAttribute("aria-label", t("pad.back"));
  back.firstChild.setAttribute("class", "glyph");
  $("letters").append(back);
}
