// The three screens of the counter: the pad, a payment under way, and its end, which
// fills the screen with its own colour, mark and words.
import { $, say } from "./dom.js";
import { state, on, kept } from "./state.js";
import { t, money } from "./words.js";
import { kind, prompt, step, outcomeWords, cardName, entryName, verified, referred } from "./payment.js";
import { paintPad, register, settled } from "./register.js";
import { dueOf, settle } from "./bill.js";
import { tab } from "./views.js";

let asking = null;       // an attempt whose answer was lost
let resolvingSince = 0;

function showScreen(name) {
  for (const id of ["pad", "progress", "outcome"]) $(id).hidden = id !== name;
  if (name !== "pad") tab("charge");
}

export function paint() {
  const p = state.current;
  if (asking) { paintAsking(asking); return; }
  if (!p) { showScreen("pad"); paintPad(); return; }
  if (p.outcome || p.status === "resolving") paintOutcome(p); else paintProgress(p);
}

function paintAsking(a) {
  showScreen("progress");
  say($("progress-amount"), a.amount ? money(a.amount, a.currency) : "");
  paintStage(["read", t("stages.asking.title"), t("stages.asking.text")], -1);
  $("cancel").hidden = true;
}

function paintStage([scene, title, text], at) {
  $("scene").dataset.stage = scene;
  say($("stage-title"), title);
  say($("stage-text"), text);
  Array.from($("steps").children).forEach((li, i) => {
    li.className = i < at ? "done" : i === at ? "now" : "";
    if (i === at) li.setAttribute("aria-current", "step"); else li.removeAttribute("aria-current");
  });
}

function paintProgress(p) {
  const entering = $("progress").hidden;
  showScreen("progress");
  $("progress").dataset.payment = p.id;
  say($("progress-amount"), p.amount ? money(p.amount, p.currency) : "");
  const words = prompt(p);
  paintStage(words, step[p.status] ?? 0);
  $("cancel").hidden = Boolean(p.of); // what continues a payment is with the bank at once
  $("cancel").disabled = p.cancel_requested;
  say($("cancel"), t(p.cancel_requested ? (p.money === "none" ? "cancel.going" : "cancel.late") : "cancel.word"));
  document.title = p.amount ? `${words[1]} – ${money(p.amount, p.currency)}` : words[1];
  if (entering) $("stage-title").focus();
}

function paintOutcome(p) {
  const [colour, mark] = kind(p);
  const [title, sum, why] = outcomeWords(p);
  const changed = $("outcome").hidden || $("outcome-title").textContent !== title;
  if (p.outcome) { kept.drop("attempt"); settled(p); }
  showScreen("outcome");
  $("outcome").dataset.kind = colour;
  $("mark").setAttribute("href", `/art.svg#${mark}`);
  say($("outcome-title"), title);
  say($("outcome-amount"), sum);
  say($("outcome-text"), why.trim());
  const meta = [cardName(p), p.card && entryName(p), verified(p)];
  if (p.decline && p.decline.response_code) meta.push(t("ends.code", { code: p.decline.response_code }));
  say($("outcome-meta"), meta.filter(Boolean).join("  ·  "));
  for (const id of ["orders", "clock"]) $(id).hidden = colour !== "wait";
  for (const id of ["next", "show-receipt"]) $(id).hidden = colour === "wait";
  $("show-code").hidden = !referred(p);
  say($("next"), nextWords(p));
  resolvingSince = colour === "wait" ? resolvingSince || Date.parse(p.updated_at) : 0;
  tick();
  document.title = [title, sum].filter(Boolean).join(" – ");
  if (!changed) return;
  $("announce").textContent = [`${title}.`, sum, why, ...colour === "wait" ? [t("orders.goods"), t("orders.charge"), t("orders.wait")] : []].join(" ");
  $("outcome-title").focus();
}

function nextWords(p) {
  if (register.bill && !p.of) {
    const due = dueOf(settle(register.bill, p));
    if (due > 0) return t("ends.next_share", { amount: money(due, p.currency) });
  } else if (p.outcome === "partially_approved") {
    return t("ends.charge_rest", { amount: money(p.amount - p.approved_amount, p.currency) });
  }
  return t("ends.new");
}

function tick() {
  if (!resolvingSince) return;
  const s = Math.max(0, Math.round((Date.now() - resolvingSince) / 1000));
  $("clock").textContent = t("ends.clock", { time: `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}` });
}

export function wireScreens() {
  on("current", paint);
  on("asking", (a) => { asking = a; paint(); });
  setInterval(tick, 1000);
}
