// The merchant's page. It asks the terminal, shows what the terminal says, and
// decides nothing about money. Before a charge is sent its idempotency key lies
// in sessionStorage, so a reload asks what happened instead of charging again.
"use strict";

const $ = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

let terminal = null;    // what /v1/terminal last said
let digits = "";        // the amount as typed, in minor units
let keyed = false;      // the next card is keyed in at the PIN pad: mail and telephone order
let share = 0;          // the tip of the next payment, per cent of what is typed
let part = false;       // the next payment may be approved in part
let code = "";          // what the bank read out, as far as it was typed
let current = null;     // the payment on the screen
let sending = false;    // a charge whose answer is awaited
let refunding = null;   // the payment that the keypad's amount is given back of
let closing = null;     // the batch whose closing is followed
let following = 0;      // counts up to end an older follow()
const payments = new Map(); // id → payment, for the list

// ---- words -----------------------------------------------------------------

const stages = {
  present_card: ["present", "Present the card", "The customer taps, inserts or swipes it at the reader."],
  card_inserted: ["read", "Reading the card", "Leave the card in the reader."],
  card_tapped: ["tap", "Reading the card", "Hold the card or phone to the reader until it beeps."],
  card_swiped: ["read", "Card swiped", "The stripe was read. This takes a moment."],
  tap_again: ["tap", "Tap again", "It was taken away too early. Hold it to the reader until it beeps."],
  see_phone: ["tap", "Look at the phone", "The customer confirms on the phone, then taps again."],
  one_card_only: ["tap", "One card only", "Several cards are at the reader. Hold just one to it."],
  read_again: ["present", "Once more, please", "The card could not be read. Try it again."],
  read_error_use_chip: ["present", "Use the chip", "This card has a chip. Insert it with the chip first."],
  use_stripe: ["present", "Swipe the card", "The chip cannot be read. Swipe the stripe through the reader."],
  insert_or_swipe: ["present", "Insert or swipe the card", "This card cannot be tapped here."],
  key_card: ["key", "Key the card at the PIN pad", "Card number and expiry date go into the PIN pad, never into this page."],
  confirm_refund: ["key", "Confirm the refund at the PIN pad", "It goes to a card that paid nothing here, so somebody confirms the amount there."],
  choose_app: ["read", "Customer chooses", "On the PIN pad: which of the card’s accounts to use."],
  enter_pin: ["pin", "Customer enters the PIN", "On the PIN pad, which shows the amount. Please look away."],
  pin_entered: ["pin", "PIN entered", "If the card is in the reader, leave it there."],
  wrong_pin_try_again: ["pin", "Wrong PIN – try again", "The customer may try again on the PIN pad."],
  contacting_bank: ["bank", "Contacting the bank", "If the card is in the reader, leave it there."],
  remove_card: ["remove", "Remove the card", "The customer may take the card."],
};
const byStatus = {
  created: ["present", "Starting", "Waking the card reader."],
  awaiting_card: stages.present_card, reading_card: stages.card_inserted, awaiting_pin: stages.enter_pin,
  authorizing: stages.contacting_bank, finalizing_card: stages.remove_card,
  cancel_requested: ["read", "Canceling", "Waiting for the reader."],
};
const step = { created: 0, awaiting_card: 0, reading_card: 0, awaiting_pin: 1, authorizing: 2, finalizing_card: 3 };

// words are the prompt for a payment under way. Only a chip in its slot must stay.
function words(p) {
  if (p.cancel_requested && p.money === "none") return byStatus.cancel_requested;
  if (p.stage === "contacting_bank" && p.card) {
    return [...stages.contacting_bank.slice(0, 2), p.card.entry_mode === "chip" ? "Leave the card in the reader." : "This takes a moment."];
  }
  if (!p.stage && p.status === "awaiting_card" && p.entry === "keyed") return stages.key_card;
  return stages[p.stage] || byStatus[p.status] || byStatus.created;
}

const entries = {
  chip: "Chip", contactless: "Contactless", contactless_stripe: "Contactless (stripe)",
  swipe: "Swiped", fallback: "Swiped (fallback)", keyed: "Keyed", stored: "Without the card",
};
const cvms = {
  online_pin: "PIN", offline_pin: "PIN, by the card", signature: "Signature", device: "On the customer’s device",
  no_cvm: "No PIN", failed: "Failed",
};

const declines = {
  try_again: "The bank asks to try again.", other_card: "Ask for another card.", wrong_pin: "The PIN was wrong.",
  insufficient_funds: "Not enough money on the card.", call_issuer: "The customer should call their bank.",
  pickup: "This card cannot be used. Ask for another card.", chip_declined: "The card itself refused.",
  not_supported: "This card is not supported here.", declined: "The bank said no. Ask for another card.",
};
const failures = {
  canceled_by_merchant: "You canceled.", canceled_by_customer: "The customer canceled.",
  card_timeout: "No card was presented in time.", pin_timeout: "No PIN was entered in time.",
  card_removed: "The card was taken out too early.", card_error: "The card could not be read.",
  card_not_accepted: "This card is not accepted here.", reader_unavailable: "The card reader is not connected.",
  pinpad_unavailable: "The PIN pad is not connected.", host_unavailable: "The bank cannot be reached.",
  host_timeout: "The bank did not answer.", host_invalid_answer: "The bank’s answer was not valid.",
  card_did_not_complete: "The card did not complete the payment.", interrupted: "The payment was interrupted.",
  envelope_refused: "The card data was refused.", internal: "Something went wrong in the terminal.", not_a_payment_card: "This is not a payment card.",
};
const problems = {
  busy: "Another payment is in progress.", in_flight: "This charge is being worked on.",
  amount_invalid: "This terminal does not take this amount.", currency_not_configured: "This terminal does not take this currency.",
  type_not_supported: "This terminal does not do this kind of payment.",
  reader_unavailable: "The card reader is not connected.", pinpad_unavailable: "The PIN pad is not connected.",
  host_unavailable: "The bank cannot be reached.", secure_world_down: "The secure world cannot be reached. Nothing was charged.",
  booting: "The terminal is still starting.", reversal_mode: "An earlier payment is being reversed first. Please wait.",
  wrong_state: "This is not possible any more. Look at the payment once more.", amount_exceeds: "That is more than is left of it.",
  offline_limit: "The bank is away, and nothing more may be approved without it.", not_found: "The terminal does not know this.",
  batch_closing: "The batch is being closed, or must be closed first.",
  needs_attention: "The terminal needs attention before it can take payments.", tampered: "The terminal has found signs of tampering.",
};
const states = {
  ready: ["ready", "Ready"], busy: ["busy", "In use"], booting: ["wait", "Starting"], reversal_mode: ["wait", "Reversing"],
  offline: ["wait", "Bank offline"], tampered: ["down", "Tampered"], key_exhausted: ["down", "Keys used up"],
  needs_attention: ["down", "Needs attention"], reader_unavailable: ["down", "No reader"], pinpad_unavailable: ["down", "No PIN pad"],
};
const securityNotes = {
  not_pci_listed: "Not a PCI-listed solution: the secure world is software.", test_keys: "Demo: test keys, no real money.",
  memory_readable_by_root: "Secret memory is not in force: an administrator of this machine could read card data while it is processed.",
  not_isolated: "The secure world is not isolated.", root_that_injects_code_is_not_stopped: "An administrator who injects code into the secure world is not stopped.",
  root_that_reads_guest_memory_is_not_stopped: "An administrator who reads the virtual machine's memory is not stopped.",
  host_keys_low: "The key towards the bank is nearly used up: another must be loaded.",
  storage_opens_to_root: "Stored keys open to an administrator who reads the disk.", self_reported: "Self-reported: no security chip vouches for this.",
  app_not_measured: "This program was not measured at start.",
};
const isolations = { none: "None", process: "Process", container: "Container", vm: "Virtual machine" };
const memories = { none: "Unprotected memory", locked_pages: "Locked memory", memfd_secret: "Secret memory" };
const brands = { visa: "Visa", mastercard: "Mastercard", maestro: "Maestro", amex: "American Express", discover: "Discover", jcb: "JCB", unionpay: "UnionPay", unknown: "Card" };

// kind is the colour and the mark of a payment; wait is never mixed up with an end.
function kind(p) {
  if (p.status === "resolving" && !p.outcome) return ["wait", "hand", "Not yet known"];
  switch (p.outcome) {
    case "approved": return ["good", "check", approvedWord(p)];
    case "partially_approved": return ["part", "half", "Part approved"];
    case "declined": return ["bad", "cross", "Declined"];
    case "canceled": return ["calm", "minus", "Canceled"];
    case "failed": case "not_charged": return ["calm", "minus", "Not charged"];
  }
  return ["run", "list", "In progress"];
}

// approvedWord is what an approval is, and what has become of it.
function approvedWord(p) {
  if (p.type === "void") return "Void";
  if (p.money === "released") return p.type === "preauth" ? "Released" : "Voided";
  if (p.type === "refund") return "Refund";
  if (p.money === "refunded") return "Refunded";
  if (p.money === "held") return "Held";
  return "Approved";
}

// left is what of a payment can still be given back.
const left = (p) => ["sale", "capture", "preauth"].includes(p.type) ? p.captured_amount - p.refunded_amount : 0;
// voidable leaves it to the terminal whether the batch is still open.
const voidable = (p) => Boolean(p.outcome) && p.type !== "void" && ["held", "captured", "refunded"].includes(p.money);

function money(minor, currency) {
  const f = new Intl.NumberFormat(undefined, { style: "currency", currency });
  const decimals = f.resolvedOptions().maximumFractionDigits;
  const text = String(minor).padStart(decimals + 1, "0");
  // Put together from text: a float would not hold every amount.
  return f.format(decimals ? `${text.slice(0, -decimals)}.${text.slice(-decimals)}` : text);
}

// failure is why a payment ended; who keys a card was asked for no PIN.
function failure(p) {
  if (!p.failure) return "";
  if (p.entry === "keyed" && p.failure.code === "pin_timeout") return "The card was not keyed in time.";
  return failures[p.failure.code] || "";
}

// signed reports whether the customer must sign the merchant's copy.
const signed = (p) => p.cvm === "signature" && (p.outcome === "approved" || p.outcome === "partially_approved");

const cardName = (p) => p.card ? `${brands[p.card.brand] || "Card"} •••• ${p.card.last4}` : "";

// ---- asking the terminal ---------------------------------------------------

class Lost extends Error {}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", credentials: "same-origin", redirect: "error", ...options });
  } catch (e) {
    if (options.signal && options.signal.aborted) throw e;
    throw new Lost("no answer");
  }
  if (response.status === 401) { lock(); }
  let body = null;
  try {
    body = (response.headers.get("Content-Type") || "").includes("json") ? await response.json() : await response.text();
  } catch { throw new Lost("half an answer"); }
  return { ok: response.ok, status: response.status, body };
}

function lock() {
  $("locked").hidden = false;
  document.title = "Locked";
}

// ---- the attempt, which outlives a reload ------------------------------------

const attempt = {
  load() { try { return JSON.parse(sessionStorage.getItem("attempt")); } catch { return null; } },
  save(a) { sessionStorage.setItem("attempt", JSON.stringify(a)); },
  drop() { sessionStorage.removeItem("attempt"); },
};

function drawKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return "page-" + Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

async function charge() {
  const amount = Number(digits || "0");
  if (sending || current || !terminal || amount < 1) return;
  if (refunding) {
    await send({ key: drawKey(), amount, currency: refunding.currency, of: refunding.id, what: "refunds" }, { amount });
    return;
  }
  const extra = tip(amount);
  const a = { key: drawKey(), amount: amount + extra, typed: amount, share, part, currency: terminal.currency, keyed };
  const question = { amount: a.amount, currency: a.currency, type: "sale", entry: a.keyed ? "keyed" : "card_present" };
  if (extra) question.tip = extra;
  if (part) question.partial_allowed = true;
  await send(a, question);
}

// tip is that of an amount, in whole minor units.
const tip = (amount) => Math.round(amount * share / 100);

// send asks for the payment of an attempt, once.
async function send(a, question) {
  attempt.save(a);
  sending = true;
  paintPad();
  try {
    const r = await ask(a.of ? `/v1/payments/${a.of}/${a.what}` : "/v1/payments", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": a.key },
      body: JSON.stringify(question),
    });
    if (r.ok) show(r.body);
    else if (r.body && r.body.code && r.body.code !== "indeterminate" && r.body.code !== "in_flight") refused(r.body);
    else await askWhatHappened(a);
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    await askWhatHappened(a);
  } finally {
    sending = false;
    paintPad();
  }
}

function refused(problem) {
  attempt.drop();
  notice(problems[problem.code] || problem.title || "The terminal refused.");
}

// askWhatHappened asks by the key until the terminal knows; it never charges.
async function askWhatHappened(a) {
  showScreen("progress");
  $("progress-amount").textContent = money(a.amount, a.currency);
  paintStage(["read", "Asking what happened", "The answer was lost. Don’t charge again."], -1);
  $("cancel").hidden = true;
  for (;;) {
    try {
      const r = await ask(`/v1/payments?idempotency_key=${encodeURIComponent(a.key)}`);
      if (r.ok) { connected(true); show(r.body); return; }
      if (r.status === 401) return;
      if (r.body && r.body.code === "never_seen") {
        connected(true);
        attempt.drop();
        digits = a.of ? "" : String(a.typed || a.amount);
        keyed = a.keyed === true;
        share = a.share || 0;
        part = a.part === true;
        refunding = null;
        showScreen("pad");
        paintPad();
        notice(a.of ? "It never began. Nothing has changed." : "The charge never began. Nothing was charged.");
        return;
      }
    } catch (e) {
      if (!(e instanceof Lost)) throw e;
      connected(false);
    }
    await pause(1000);
  }
}

// ---- following a payment -----------------------------------------------------

function show(p) {
  current = p;
  remember(p);
  paint();
  lookAtTerminal();
  if (!p.outcome) follow(p.id);
}

// follow long-polls until the payment has its outcome, whatever becomes of the
// event stream.
async function follow(id) {
  const mine = ++following;
  while (mine === following && current && current.id === id && !current.outcome) {
    try {
      const r = await ask(`/v1/payments/${id}?wait=25&since=${current.version}`);
      if (mine !== following) return;
      if (r.ok) { connected(true); take(r.body); continue; }
      if (r.status === 401) return;
    } catch (e) {
      if (!(e instanceof Lost)) throw e;
      connected(false);
    }
    await pause(700);
  }
}

// take accepts a newer word on a payment; older ones come late and are ignored.
function take(p) {
  remember(p);
  if (current && current.id === p.id && p.version > current.version) {
    const ended = p.outcome && !current.outcome;
    current = p;
    paint();
    if (ended) setTimeout(lookAtTerminal, 400); // it is free again, and the next look would be seconds away
  }
}

function remember(p) {
  const known = payments.get(p.id);
  if (known && known.version >= p.version) return;
  payments.set(p.id, p);
  paintList();
}

async function refreshList() {
  try {
    const r = await ask("/v1/payments?limit=50");
    if (r.ok) r.body.payments.forEach(take);
  } catch (e) { if (!(e instanceof Lost)) throw e; }
}

let stream = null;
function listen() {
  if (stream) stream.close();
  stream = new EventSource("/v1/events");
  stream.addEventListener("open", () => { connected(true); refreshList(); });
  stream.addEventListener("payment", (e) => take(JSON.parse(e.data)));
  stream.addEventListener("gap", refreshList);
  stream.addEventListener("error", () => {
    connected(false);
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

let quiet = null;
function connected(yes) {
  clearTimeout(quiet);
  if (yes) { $("banner").hidden = true; return; }
  // A short break mends itself and need not alarm anyone.
  quiet = setTimeout(() => {
    $("banner").textContent = current && !current.outcome
      ? "No connection to the terminal. Don’t charge again: this screen goes on by itself."
      : "No connection to the terminal. Trying again …";
    $("banner").hidden = false;
    paintState("down", "No connection");
  }, 1200);
}

// ---- painting ------------------------------------------------------------------

function showScreen(name) {
  for (const id of ["pad", "progress", "outcome"]) $(id).hidden = id !== name;
  if (name !== "pad") tab("charge");
}

function paint() {
  if (!current) {
    showScreen("pad");
    paintPad();
  } else if (current.outcome || current.status === "resolving") {
    paintOutcome(current);
  } else {
    paintProgress(current);
  }
}

function paintPad() {
  const currency = terminal ? terminal.currency : null;
  const amount = Number(digits || "0");
  const extra = refunding ? 0 : tip(amount);
  const text = currency ? money(amount, currency) : "";
  const whole = currency ? money(amount + extra, currency) : "";
  $("amount").textContent = text;
  $("amount").classList.toggle("none", amount === 0);
  $("amount").classList.toggle("long", text.length > 9);
  $("charge").disabled = amount === 0 || sending || !terminal;
  const verb = refunding ? "Refund" : "Charge";
  $("charge").textContent = sending ? "Sending …" : amount && currency ? `${verb} ${whole}${keyed ? ", keyed" : ""}` : verb;
  $("amount-label").textContent = refunding ? `Refund, up to ${money(left(refunding), refunding.currency)}`
    : extra ? `Amount, and a tip of ${money(extra, currency)}` : "Amount";
  $("stop-refund").hidden = !refunding;
  $("extras").hidden = Boolean(refunding);
  $("show-more").textContent = [share ? `Tip ${share} %` : "", part ? "Part payment" : ""].filter(Boolean).join(", ") || "Tip, part payment";
  $("show-more").disabled = sending;
  for (const b of document.querySelectorAll("[data-tip]")) b.setAttribute("aria-pressed", String(Number(b.dataset.tip) === share));
  $("part").setAttribute("aria-checked", String(part));
  $("keyed").setAttribute("aria-checked", String(keyed));
  $("keyed").disabled = sending;
  document.title = terminal ? `Charge – ${terminal.merchant.name}` : "Charge";
}

function notice(text) {
  $("notice").textContent = text;
}

function paintStage([scene, title, text], at) {
  $("scene").dataset.stage = scene;
  if ($("stage-title").textContent !== title) $("stage-title").textContent = title;
  $("stage-text").textContent = text;
  Array.from($("steps").children).forEach((li, i) => {
    li.className = i < at ? "done" : i === at ? "now" : "";
    if (i === at) li.setAttribute("aria-current", "step"); else li.removeAttribute("aria-current");
  });
}

function paintProgress(p) {
  const entering = $("progress").hidden;
  showScreen("progress");
  $("progress-amount").textContent = p.amount ? money(p.amount, p.currency) : "";
  const prompt = words(p);
  paintStage(prompt, step[p.status] ?? 0);
  $("cancel").hidden = Boolean(p.of); // what continues a payment is with the bank at once
  $("cancel").disabled = p.cancel_requested;
  $("cancel").textContent = p.cancel_requested ? (p.money === "none" ? "Canceling …" : "Cancel asked for – may be too late") : "Cancel";
  document.title = `${prompt[1]} – ${money(p.amount, p.currency)}`;
  if (entering) $("stage-title").focus();
}

function outcomeWords(p) {
  const sum = p.amount ? money(p.amount, p.currency) : "";
  if (p.outcome === "approved") {
    switch (p.type) {
      case "refund": return ["Refunded", sum, "The money goes back to the card."];
      case "void": return ["Voided", sum, "The payment was taken back."];
      case "preauth": case "increment": return ["Held", sum, "Held on the card, not charged yet."];
      case "balance": return ["Told", sum, "The cardholder alone was told."];
    }
  } else if (p.outcome && p.of) {
    return ["Not done", sum, `${p.decline ? declines[p.decline.category] || declines.declined : failure(p)} Nothing has changed.`];
  }
  switch (p.outcome) {
    case "approved":
      return ["Approved", money(p.approved_amount, p.currency), signed(p) ? "Paid. Have the merchant’s receipt signed first." : "Paid. You can hand over the goods."];
    case "partially_approved":
      return ["Only part is paid", `${money(p.approved_amount, p.currency)} of ${sum}`, `Still to pay: ${money(p.amount - p.approved_amount, p.currency)}${signed(p) ? ". Have the merchant’s receipt signed." : ""}`];
    case "declined":
      if (referred(p)) return ["Declined", sum, "The bank asks for a call, and may give an approval code. Nothing was charged."];
      return ["Declined", sum, `${declines[p.decline && p.decline.category] || declines.declined} Nothing was charged.`];
    case "canceled":
      return ["Canceled", sum, `${failure(p)} Nothing was charged.`];
    case "failed": case "not_charged":
      return ["Not charged", sum, `${failure(p)} Nothing was charged; you can try again.`];
  }
  return ["Wait – not yet known", sum, "We don’t know yet whether the customer was charged."];
}

let resolvingSince = 0;
function paintOutcome(p) {
  const [colour, mark] = kind(p);
  const [title, sum, why] = outcomeWords(p);
  const changed = $("outcome").hidden || $("outcome-title").textContent !== title;
  showScreen("outcome");
  $("outcome").dataset.kind = colour;
  $("mark").setAttribute("href", `/art.svg#${mark}`);
  $("outcome-title").textContent = title;
  $("outcome-amount").textContent = sum;
  $("outcome-text").textContent = why.trim();
  const meta = [cardName(p), p.card && entries[p.card.entry_mode], cvms[p.cvm]];
  if (p.decline && p.decline.response_code) meta.push(`Code ${p.decline.response_code}`);
  $("outcome-meta").textContent = meta.filter(Boolean).join("  ·  ");
  $("orders").hidden = colour !== "wait";
  $("clock").hidden = colour !== "wait";
  $("next").hidden = colour === "wait";
  $("show-receipt").hidden = colour === "wait";
  $("show-code").hidden = !referred(p);
  $("next").textContent = p.outcome === "partially_approved" ? `Charge the rest, ${money(p.amount - p.approved_amount, p.currency)}` : "New payment";
  resolvingSince = colour === "wait" ? resolvingSince || Date.parse(p.updated_at) : 0;
  tick();
  document.title = `${title} – ${sum}`;
  if (changed) {
    $("announce").textContent = `${title}. ${sum}. ${why} ${colour === "wait" ? "Don’t hand over the goods. Don’t charge again. Wait, or take cash." : ""}`;
    $("outcome-title").focus();
  }
  if (p.outcome) attempt.drop();
}

function tick() {
  if (!resolvingSince) return;
  const s = Math.max(0, Math.round((Date.now() - resolvingSince) / 1000));
  $("clock").textContent = `Asking the bank for ${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}. This screen changes by itself.`;
}

function svg(name) {
  const s = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/art.svg#${name}`);
  s.setAttribute("aria-hidden", "true");
  s.append(use);
  return s;
}

function element(name, className, ...children) {
  const e = document.createElement(name);
  if (className) e.className = className;
  e.append(...children);
  return e;
}

function paintList() {
  const focused = document.activeElement && document.activeElement.dataset.id;
  const all = [...payments.values()].sort((a, b) => b.created_at.localeCompare(a.created_at)).slice(0, 50);
  $("empty").hidden = all.length > 0;
  $("list").hidden = all.length === 0;
  $("list").replaceChildren(...all.map(row));
  if (focused) for (const b of $("list").querySelectorAll("button")) if (b.dataset.id === focused) b.focus();
}

function row(p) {
  const [colour, mark, word] = kind(p);
  const tag = element("span", "tag", svg(mark));
  tag.dataset.kind = colour;
  const paid = p.outcome === "approved" || p.outcome === "partially_approved";
  const gone = p.outcome && (!paid || p.money === "released" || p.money === "refunded" && p.type !== "refund");
  const sum = paid && p.approved_amount !== null ? p.approved_amount : p.amount;
  const price = element("span", "price" + (gone ? " void" : ""), sum ? (p.type === "refund" ? "−" : "") + money(sum, p.currency) : "");
  const b = element("button", "row", tag,
    element("span", "", element("b", "", word), element("small", "", cardName(p) || p.reference || "No card")),
    element("span", "", price, element("small", "time", new Date(p.created_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }))));
  b.dataset.id = p.id;
  b.addEventListener("click", () => details(p.id));
  return element("li", "", b);
}

// ---- dialogs -------------------------------------------------------------------

function fill(list, rows) {
  list.replaceChildren();
  for (const [label, value, mono] of rows) {
    if (value === null || value === undefined || value === "") continue;
    list.append(element("dt", "", label), element("dd", mono ? "mono" : "", String(value)));
  }
}

function details(id) {
  const p = payments.get(id);
  if (!p) return;
  if (!p.outcome) { show(p); return; } // what is under way belongs on the screen
  const [, , word] = kind(p);
  const sum = (minor) => minor ? money(minor, p.currency) : null;
  $("details-title").textContent = p.amount ? `${word} ${money(p.amount, p.currency)}` : word;
  fill($("details-list"), [
    ["Approved", p.approved_amount === null ? null : money(p.approved_amount, p.currency)],
    ["Money", { none: "Nothing charged", captured: "Charged", held: "Held", released: "Released", refunded: "Refunded", unknown: "Not known" }[p.money]],
    ["Tip", sum(p.tip)], ["Cashback", sum(p.cashback)], ["Still to pay", p.outcome === "partially_approved" ? sum(p.amount - p.approved_amount) : null],
    ["Held", sum(p.held_amount)], ["Captured", sum(p.captured_amount)], ["Given back", sum(p.refunded_amount)],
    ["Offline", p.offline ? "Approved by the card; the bank may still refuse" : null],
    ["Reason", p.decline ? declines[p.decline.category] : failure(p)],
    ["Response code", p.decline && p.decline.response_code],
    ["Card", cardName(p)], ["Entry", p.card ? entries[p.card.entry_mode] : p.entry === "keyed" ? entries.keyed : null],
    ["Verified by", cvms[p.cvm]], ["Reference", p.reference],
    ["PIN attempts", p.attempt > 1 ? p.attempt : null],
    ["Started", new Date(p.created_at).toLocaleString()], ["Finished", new Date(p.updated_at).toLocaleString()],
    ["Payment", p.id, true],
  ]);
  $("details-refund").hidden = left(p) < 1 || Boolean(current);
  $("details-refund").onclick = () => { $("details").close(); refund(payments.get(p.id)); };
  $("details-void").hidden = !voidable(p) || Boolean(current);
  twice($("details-void"), "Void", () => { $("details").close(); takeBack(p); });
  $("details-receipt").onclick = () => { $("details").close(); receipt(p.id, firstCopy(p)); };
  $("details").showModal();
}

// referred is what the bank wants to be called about: its voice may still say yes.
const referred = (p) => p.outcome === "declined" && p.type === "sale" && Boolean(p.decline) && p.decline.category === "call_issuer";

function voice() {
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
  $("send-code").textContent = current ? `Charge ${money(current.amount, current.currency)}` : "Charge";
}

function onCodeKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (/^[0-9a-z]$/i.test(e.key)) spell(e.key.toUpperCase());
  else if (e.key === "Backspace") spell("back");
  else return;
  e.preventDefault();
}

function sendCode() {
  const p = current;
  if (!p || code.length < 6) return;
  $("voice").close();
  next();
  send({ key: drawKey(), amount: p.amount, currency: p.currency, of: p.id, what: "capture" }, { amount: p.amount, approval_code: code });
}

// twice lets a button act when it is pressed a second time, so that no slip of a
// finger moves money.
function twice(button, word, act) {
  button.textContent = word;
  button.onclick = () => {
    button.textContent = `${word} – press again`;
    button.onclick = () => { button.onclick = null; act(); };
  };
}

// refund lets the keypad say how much of a payment is given back, at first all.
function refund(p) {
  refunding = p;
  keyed = false;
  share = 0;
  part = false;
  digits = String(left(p));
  notice("");
  tab("charge");
  paint();
}

function stopRefund() {
  refunding = null;
  digits = "";
  notice("");
  paintPad();
}

function takeBack(p) {
  tab("charge");
  send({ key: drawKey(), amount: 0, currency: p.currency, of: p.id, what: "void" }, {});
}

// ---- the batch -------------------------------------------------------------------

const batchStates = {
  open: "Open", waiting: "Waits for pending payments", closing: "The bank is asked",
  closed: "Closed: both sides agree", differs: "Closed: the sides differ",
};
const differenceWords = {
  missing_at_host: "The bank does not know", unknown_here: "The terminal does not know", amount: "The amounts differ",
};

async function batch() {
  closing = null;
  $("batch").showModal();
  await lookAtBatch("/v1/batches/current");
}

async function lookAtBatch(path) {
  try {
    const r = await ask(path);
    if (r.ok) paintBatch(r.body); else sayOfBatch(r.body);
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    sayOfBatch(null);
  }
}

function sayOfBatch(problem) {
  $("batch-state").textContent = problem ? problems[problem.code] || problem.title : "No connection to the terminal.";
}

function paintBatch(b) {
  const sum = (s) => s.count ? `${s.count}  ·  ${money(s.amount, b.currency)}` : null;
  const net = (n) => (n < 0 ? "−" : "") + money(Math.abs(n), b.currency);
  const side = (name, t) => t ? [[`${name}: sales`, sum(t.sales)], [`${name}: refunds`, sum(t.refunds)],
    [`${name}: taken back`, sum(t.voided_sales)], [`${name}: net`, net(t.net)]] : [];
  $("batch-title").textContent = `Batch ${b.batch}`;
  $("batch-state").textContent = batchStates[b.state] || b.state;
  fill($("batch-list"), [["Pending", b.pending || null], ...side("Terminal", b.ours), ...side("Bank", b.theirs),
    ["Closed", b.closed_at && new Date(b.closed_at).toLocaleString()]]);
  $("batch-differences").replaceChildren(...b.differences.map((d) => element("li", "",
    `${differenceWords[d.kind]}: ${d.type} ${d.rrn}, terminal ${money(d.ours, b.currency)}, bank ${money(d.theirs, b.currency)}`)));
  $("batch-close").hidden = b.state !== "open";
  twice($("batch-close"), "Close batch", closeBatch);
}

// closeBatch asks under one key until it is answered, and follows the batch to its end.
async function closeBatch() {
  const key = drawKey();
  const mine = closing = {};
  $("batch-close").hidden = true;
  $("batch-state").textContent = "The bank is asked";
  while (mine === closing && $("batch").open) {
    try {
      const r = await ask("/v1/batches/current/close", { method: "POST", headers: { "Idempotency-Key": key } });
      if (mine !== closing) return;
      if (!r.ok && !(r.body && r.body.retry === "same_key")) { sayOfBatch(r.body); return; }
      if (r.ok) paintBatch(r.body);
      if (r.ok && (r.body.state === "closed" || r.body.state === "differs")) { await lookAtBatch(`/v1/batches/${r.body.batch}`); return; }
    } catch (e) {
      if (!(e instanceof Lost)) throw e;
      sayOfBatch(null);
    }
    await pause(700);
  }
}

// firstCopy is the one to look at first: the merchant's where it is to be signed.
const firstCopy = (p) => signed(p) ? "merchant" : "customer";

let receiptOf = null;
async function receipt(id, copy = "customer") {
  receiptOf = id;
  for (const b of document.querySelectorAll("[data-copy]")) b.setAttribute("aria-pressed", String(b.dataset.copy === copy));
  if (!$("receipt").open) $("receipt").showModal();
  try {
    const r = await ask(`/v1/payments/${id}/receipt?format=text&copy=${copy}`);
    if (receiptOf !== id) return;
    $("paper").textContent = r.ok ? r.body : "The receipt is not available.";
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    $("paper").textContent = "No connection to the terminal.";
  }
}

async function security() {
  $("security").showModal();
  try {
    const r = await ask("/v1/terminal/security");
    if (!r.ok) throw new Lost("refused");
    const s = r.body, layers = Object.entries(s.layers);
    $("security-notes").replaceChildren(...s.notes.map((n) => element("li", "", securityNotes[n] || n)));
    fill($("security-list"), [
      ["Isolation", isolations[s.isolation]], ["Card data in memory", memories[s.memory_protection]],
      ["Sandbox layers", `${layers.filter(([, on]) => on).length} of ${layers.length} in force`],
      ["Not in force", layers.filter(([, on]) => !on).map(([n]) => n.replaceAll("_", " ")).join(", ")],
      ["Stored keys", { none: "Unprotected", file: "File", passphrase: "Passphrase", tpm: "Security chip" }[s.storage_root]],
      ["Attestation", s.attestation === "tpm" ? "Security chip" : "Self-reported"],
      ["FIPS 140-3 module", s.fips_140 ? `${s.fips_140_module}, in force` : "Not in force"],
      ["Terminal", terminal && terminal.terminal_id], ["Merchant", terminal && terminal.merchant_id],
      ["Reader", terminal && (terminal.reader_connected ? "Connected" : "Not connected")],
      ["PIN pad", terminal && (terminal.pinpad_connected ? "Connected" : "Not connected")],
      ["Bank", terminal && (terminal.host_signed_on ? "Signed on" : "Not signed on")],
      ["Host keys left", s.host_keys_left.toLocaleString()], ["Pending reversals", terminal && terminal.reversals.pending],
      ["Kernel", `version ${s.kernel_version}, started ${s.kernel_starts}×`],
      ["Kernel digest", s.measurements.kernel, true], ["Payment application", s.measurements.payment, true],
      ["Journal", `${s.journal.length} records`],
    ]);
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    $("security-notes").replaceChildren(element("li", "", "The secure world cannot be asked right now."));
    $("security-list").replaceChildren();
  }
}

// ---- the terminal's state --------------------------------------------------------

function paintState(state, text) {
  $("state").dataset.state = state;
  $("state-text").textContent = text;
}

async function watchTerminal() {
  for (;;) {
    if (!document.hidden) await lookAtTerminal();
    await pause(3000);
  }
}

async function lookAtTerminal() {
  try {
    const r = await ask("/v1/terminal");
    if (r.ok) {
      terminal = r.body;
      $("shop").textContent = terminal.merchant.name;
      $("environment").hidden = terminal.environment !== "demo";
      paintState(...(states[terminal.state] || ["wait", "Unknown"]));
      if (!$("pad").hidden) paintPad();
      connected(true);
      if (!$("protection").textContent) await lookAtSecurity();
    } else if (r.status !== 401) {
      paintState("down", "Secure world away");
    }
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    connected(false);
  }
}

async function lookAtSecurity() {
  const r = await ask("/v1/terminal/security");
  if (r.ok) $("protection").textContent = `${isolations[r.body.isolation]} · ${memories[r.body.memory_protection]}`;
}

// ---- input -----------------------------------------------------------------------

function press(key) {
  notice("");
  if (sending || current) return;
  if (key === "back") digits = digits.slice(0, -1);
  else if (key === "clear") digits = "";
  else {
    const next = (digits + key).replace(/^0+/, "");
    const most = refunding ? left(refunding) : terminal ? terminal.max_amount : Infinity;
    const whole = Number(next || "0");
    if (whole + (refunding ? 0 : tip(whole)) > most) {
      notice(refunding ? `No more than ${money(most, refunding.currency)} is left of it.`
        : `The most that this terminal takes is ${money(most, terminal.currency)}.`);
      $("amount").classList.remove("no");
      void $("amount").offsetWidth; // starts the animation anew
      $("amount").classList.add("no");
      return;
    }
    digits = next;
  }
  paintPad();
}

function onKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || $("pad").hidden || document.querySelector("dialog[open]") || !$("locked").hidden) return;
  let key = null;
  if (e.key >= "0" && e.key <= "9" && e.key.length === 1) key = e.key;
  else if (e.key === "Backspace") key = "back";
  else if (e.key === "Delete" || e.key === "Escape") key = "clear";
  else if (e.key === "Enter" && !e.repeat && (document.activeElement === document.body || document.activeElement === $("amount"))) {
    e.preventDefault();
    charge();
    return;
  }
  if (key === null) return;
  e.preventDefault();
  press(key);
  const b = document.querySelector(`[data-key="${key}"]`);
  if (b) { b.classList.add("down"); setTimeout(() => b.classList.remove("down"), 110); }
}

function tab(name) {
  document.body.dataset.tab = name;
  for (const b of document.querySelectorAll(".tabs button")) {
    if (b.dataset.tab === name) b.setAttribute("aria-current", "page"); else b.removeAttribute("aria-current");
  }
}

// choose says what else the next payment is. A tip that would make it more than the
// terminal takes is not taken.
function choose(per, parts) {
  const before = share;
  share = per;
  const amount = Number(digits || "0");
  if (terminal && amount + tip(amount) > terminal.max_amount) share = before;
  part = parts;
  paintPad();
}

async function cancel() {
  if (!current || current.outcome) return;
  $("cancel").disabled = true;
  try {
    const r = await ask(`/v1/payments/${current.id}/cancel`, { method: "POST" });
    if (r.ok) take(r.body); else $("cancel").disabled = false;
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    $("cancel").disabled = false;
    connected(false);
  }
}

function next() {
  const rest = current && current.outcome === "partially_approved" ? current.amount - current.approved_amount : 0;
  current = null;
  following++;
  digits = rest ? String(rest) : "";
  refunding = null;
  keyed = false; // said anew for each payment
  share = 0;
  part = false;
  notice("");
  attempt.drop();
  paint();
  $("charge").focus();
  document.activeElement.blur(); // digits and Enter go to the pad
}

function wire() {
  for (const b of document.querySelectorAll("[data-key]")) b.addEventListener("click", (e) => {
    press(b.dataset.key);
    if (e.detail > 0) b.blur(); // after a finger or a mouse, Enter is to charge; who goes by Tab stays
  });
  for (const b of document.querySelectorAll(".tabs button")) b.addEventListener("click", () => tab(b.dataset.tab));
  for (const b of document.querySelectorAll("[data-close]")) b.addEventListener("click", () => b.closest("dialog").close());
  for (const b of document.querySelectorAll("[data-copy]")) b.addEventListener("click", () => receipt(receiptOf, b.dataset.copy));
  for (const d of document.querySelectorAll("dialog")) d.addEventListener("click", (e) => { if (e.target === d) d.close(); });
  $("charge").addEventListener("click", charge);
  $("keyed").addEventListener("click", (e) => {
    keyed = !keyed;
    paintPad();
    if (e.detail > 0) $("keyed").blur(); // as the keys: after a finger or a mouse, Enter is to charge
  });
  $("show-more").addEventListener("click", (e) => {
    $("more").showModal();
    if (e.detail > 0) $("more").addEventListener("close", () => $("show-more").blur(), { once: true }); // as the keys
  });
  for (const b of document.querySelectorAll("[data-tip]")) b.addEventListener("click", () => choose(Number(b.dataset.tip), part));
  $("part").addEventListener("click", () => choose(share, !part));
  $("show-code").addEventListener("click", voice);
  $("send-code").addEventListener("click", sendCode);
  $("voice").addEventListener("keydown", onCodeKey);
  for (const c of "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
    const b = element("button", "", c);
    b.addEventListener("click", () => spell(c));
    $("letters").append(b);
  }
  const back = element("button", "", svg("back"));
  back.setAttribute("aria-label", "Delete last character");
  back.firstChild.setAttribute("class", "glyph");
  back.addEventListener("click", () => spell("back"));
  $("letters").append(back);
  $("cancel").addEventListener("click", cancel);
  $("stop-refund").addEventListener("click", stopRefund);
  $("show-batch").addEventListener("click", batch);
  $("next").addEventListener("click", next);
  $("show-receipt").addEventListener("click", () => receipt(current.id, firstCopy(current)));
  $("print").addEventListener("click", () => window.print());
  $("state").addEventListener("click", security);
  document.addEventListener("keydown", onKey);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) lookAtTerminal(); });
  setInterval(tick, 1000);
}

async function begin() {
  wire();
  await lookAtTerminal();
  watchTerminal();
  listen();
  const a = attempt.load();
  if (a && a.key) {
    sending = true;
    await askWhatHappened(a);
    sending = false;
  }
  paint();
}

begin();
