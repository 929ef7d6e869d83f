// A payment from its charge to its end. Before a charge is sent its idempotency key
// lies in sessionStorage, so a reload asks what happened instead of charging again.
import { $, pause, toPad } from "./dom.js";
import { state, emit, kept } from "./state.js";
import { t } from "./words.js";
import { ask, post, problem, drawKey, Lost } from "./ask.js";
import { register, attempt, putBack, next as nextOnPad, notice, base, currency } from "./register.js";
import { door, question } from "./question.js";
import { connected, lookAtTerminal } from "./live.js";
import { tab } from "./views.js";

let following = 0; // counts up to end an older watch

export async function charge() {
  if (state.sending || state.current || !state.terminal || base() < 1) return;
  await send(attempt(drawKey()));
}

// balance asks the issuer for a balance, which the cardholder alone is told.
export async function balance() {
  if (state.sending || state.current || !currency()) return;
  await send({ key: drawKey(), amount: 0, currency: currency(), balance: true });
}

// send asks for the payment of an attempt, once.
async function send(a, body = question(a)) {
  kept.save("attempt", a);
  sending(true);
  try {
    const r = await post(door(a), body, { "Idempotency-Key": a.key });
    if (r.ok) show(r.body);
    else if (r.body && r.body.code && r.body.code !== "indeterminate" && r.body.code !== "in_flight") refused(r.body);
    else await askWhatHappened(a);
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    await askWhatHappened(a);
  } finally {
    sending(false);
  }
}

function sending(yes) {
  state.sending = yes;
  emit("current");
}

function refused(body) {
  kept.drop("attempt");
  if (!Object.keys(register.bill?.paid ?? { none: 0 }).length) register.bill = null; // nobody has paid: it can be changed again
  notice(problem(body));
}

// askWhatHappened asks by the key until the terminal knows; it never charges.
async function askWhatHappened(a) {
  emit("asking", a);
  for (;;) {
    try {
      const r = await ask(`/v1/payments?idempotency_key=${encodeURIComponent(a.key)}`);
      if (r.ok) { connected(true); show(r.body); return; }
      if (r.status === 401) return;
      if (r.body && r.body.code === "never_seen") {
        connected(true);
        kept.drop("attempt");
        emit("asking", null);
        putBack(a);
        return;
      }
    } catch (e) {
      if (!(e instanceof Lost)) throw e;
      connected(false);
    }
    await pause(1000);
  }
}

// resume asks for what a reload has interrupted.
export async function resume() {
  const a = kept.load("attempt");
  if (!a || !a.key) return;
  sending(true);
  await askWhatHappened(a);
  sending(false);
}

export function show(p) {
  state.current = p;
  remember(p);
  emit("asking", null);
  emit("current");
  lookAtTerminal();
  if (!p.outcome) watch(p.id);
}

// watch long-polls until the payment has its outcome, whatever becomes of the event
// stream.
async function watch(id) {
  const mine = ++following;
  while (mine === following && state.current && state.current.id === id && !state.current.outcome) {
    try {
      const r = await ask(`/v1/payments/${id}?wait=25&since=${state.current.version}`);
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
export function take(p) {
  remember(p);
  const c = state.current;
  if (!c || c.id !== p.id || p.version <= c.version) return;
  state.current = p;
  emit("current");
  if (p.outcome && !c.outcome) setTimeout(lookAtTerminal, 400); // it is free again, and the next look would be seconds away
}

export function remember(p) {
  const known = state.payments.get(p.id);
  if (known && known.version >= p.version) return;
  state.payments.set(p.id, p);
  emit("payments");
}

export async function cancel() {
  if (!state.current || state.current.outcome) return;
  $("cancel").disabled = true;
  try {
    const r = await post(`/v1/payments/${state.current.id}/cancel`);
    if (r.ok) take(r.body); else $("cancel").disabled = false;
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    $("cancel").disabled = false;
    connected(false);
  }
}

export function next() {
  nextOnPad(state.current);
  state.current = null;
  following++;
  kept.drop("attempt");
  emit("current");
  toPad();
}

export function takeBack(p) {
  tab("charge");
  send({ key: drawKey(), amount: 0, currency: p.currency, of: p.id, what: "void" });
}

// byVoice charges what the bank has approved by telephone.
export function byVoice(p, code) {
  next();
  send({ key: drawKey(), amount: p.amount, currency: p.currency, of: p.id, what: "capture" }, { amount: p.amount, approval_code: code });
}
