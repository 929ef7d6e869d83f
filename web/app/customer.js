// Tells the customer's display which lines are on the pad. Two ways: through the
// terminal, for a display on another device, and within this browser, for a second
// window. The payment itself the display hears from the terminal.
import { state, on } from "./state.js";
import { t } from "./words.js";
import { ask, Lost } from "./ask.js";
import { register } from "./register.js";

const near = new BroadcastChannel("customer-display");
let far = true;   // until a terminal says that it has no display
let last = "";
let timer = null;

function cart() {
  const lines = register.lines.map((l) => ({ name: t(`cart.kinds.${l.kind}`), quantity: l.count, amount: l.amount * l.count }));
  const typed = Number(register.digits || "0");
  if (typed && !register.bill && !register.follow) lines.push({ name: t("cart.kinds.item"), quantity: 1, amount: typed });
  const shown = state.terminal && lines.length && !register.follow && !state.current;
  return shown ? { currency: state.terminal.currency, lines, total: lines.reduce((sum, l) => sum + l.amount, 0) } : null;
}

function publish() {
  const now = cart();
  near.postMessage({ cart: now, tip: register.tip });
  clearTimeout(timer);
  timer = setTimeout(() => push(now), 250); // not for every digit
}

async function push(now) {
  const text = JSON.stringify(now && { currency: now.currency, lines: now.lines });
  if (!far || text === last || state.current) return;
  last = text;
  try {
    const r = now ? await ask("/v1/display", { method: "PUT", headers: { "Content-Type": "application/json" }, body: text })
      : await ask("/v1/display", { method: "DELETE" });
    if (r.status === 404) far = false;
  } catch (e) { if (!(e instanceof Lost)) throw e; last = ""; }
}

export function wireCustomer() {
  near.addEventListener("message", (e) => { if (e.data === "hello") publish(); });
  last = JSON.stringify(null);
  on("cart", publish);
  on("current", publish);
}
