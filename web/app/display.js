// The customer's display: lines and total, then what to do and how it ended. It has
// nothing to press, asks for nothing, and never for a PIN: that is the PIN pad's.
import { $, element, say } from "./dom.js";
import { t, speak, wanted, money } from "./words.js";
import { glance } from "./ask.js";
import { kind, prompt, outcomeWords, paid } from "./payment.js";

let cart = null;
let payment = null;
let merchant = "";
let forget = null;

function paint() {
  say($("shop"), merchant);
  const p = payment;
  const scene = !p ? (cart ? "cart" : "idle") : p.outcome || p.status === "resolving" ? "end" : "pay";
  document.body.dataset.scene = scene;
  for (const id of ["idle", "cart", "pay", "end"]) $(id).hidden = id !== scene;
  if (scene === "cart") paintCart();
  if (scene === "pay") {
    const [stage, title, text] = prompt(p);
    $("scene").dataset.stage = stage;
    say($("pay-sum"), p.amount ? money(p.amount, p.currency) : "");
    say($("pay-title"), t(`customer.stages.${p.stage}`) || title);
    say($("pay-text"), p.stage === "enter_pin" || p.stage === "wrong_pin_try_again" ? t("customer.pinpad") : t(`customer.stages.${p.stage}`) ? "" : text);
  }
  if (scene === "end") paintEnd(p);
}

function paintCart() {
  $("lines").replaceChildren(...cart.lines.map((l) => element("li", "", element("span", "", `${l.quantity}×`),
    element("b", "", l.name), element("span", "price", money(l.amount, cart.currency)))));
  $("lines").lastElementChild?.scrollIntoView({ block: "nearest" });
  say($("total"), money(cart.total, cart.currency));
}

function paintEnd(p) {
  const [colour, mark] = kind(p);
  const [title, sum] = outcomeWords(p);
  $("end").dataset.kind = colour;
  $("mark").setAttribute("href", `/art.svg#${mark}`);
  say($("end-title"), title);
  say($("end-sum"), sum);
  say($("end-text"), t(colour === "wait" ? "customer.wait" : paid(p) ? "customer.thanks" : "customer.not_paid"));
}

// take shows a payment that began while the display looked, and lets its end stand
// for a while.
function take(p) {
  const mine = payment && payment.id === p.id;
  if (mine ? p.version <= payment.version : p.outcome && Date.now() - Date.parse(p.updated_at) > 5000) return;
  payment = p;
  clearTimeout(forget);
  if (p.outcome) forget = setTimeout(() => { payment = null; paint(); }, 12000);
  paint();
}

function show(next) {
  cart = next && next.lines.length ? next : null;
  if (cart && payment && payment.outcome) payment = null; // the next customer
  paint();
}

async function begin() {
  await speak(wanted());
  const terminal = await glance("/v1/terminal");
  if (terminal) merchant = terminal.merchant.name;
  paint();
  const near = new BroadcastChannel("customer-display");
  near.addEventListener("message", (e) => { if (e.data && e.data !== "hello") show(e.data.cart); });
  near.postMessage("hello");
  const now = await glance("/v1/display");
  if (now && now.cart) show(now.cart);
  const stream = new EventSource("/v1/events");
  stream.addEventListener("payment", (e) => take(JSON.parse(e.data)));
  stream.addEventListener("display", (e) => { const d = JSON.parse(e.data); if (d.cart || !payment) show(d.cart); });
  stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000); });
}

begin();
