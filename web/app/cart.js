// The lines of a sale, beside the pad or in a dialog, and the two dialogs that cut
// it up: tip and shares.
import { $, all, button, element, svg, say, twice, pressed } from "./dom.js";
import { on } from "./state.js";
import { t, money, majorUnit } from "./words.js";
import { sumOf, sharesOf, tipOf } from "./bill.js";
import { register, currency, choose, keep, base } from "./register.js";

const kinds = ["item", "food", "drinks", "goods", "service"];
const tips = [0, 5, 10, 15, 20];
const notes = [0, 10, 20, 50, 100]; // of cash back, in major units
const mostPeople = 20;
const mostCount = 99;

const total = () => sumOf(register.lines) + (register.bill || register.follow ? 0 : Number(register.digits || "0"));

function line(l, i) {
  const word = t(`cart.kinds.${l.kind}`);
  const kind = element("select", "kind", ...kinds.map((k) => {
    const o = element("option", "", t(`cart.kinds.${k}`));
    o.value = k;
    o.selected = k === l.kind;
    return o;
  }));
  kind.setAttribute("aria-label", t("cart.kind_of", { n: i + 1 }));
  kind.addEventListener("change", () => change(i, { kind: kind.value }));
  const fewer = button("count", "−", () => change(i, { count: l.count - 1 }));
  fewer.setAttribute("aria-label", l.count > 1 ? t("cart.fewer", { word }) : t("cart.remove", { word }));
  const more = button("count", "+", () => change(i, { count: Math.min(mostCount, l.count + 1) }));
  more.setAttribute("aria-label", t("cart.more", { word }));
  for (const b of [fewer, more, kind]) b.disabled = Boolean(register.bill);
  return element("li", "", kind, element("span", "counts", fewer, element("b", "", `${l.count}×`), more),
    element("span", "price", money(l.amount * l.count, currency())));
}

function change(i, part) {
  register.lines = register.lines.map((l, at) => at === i ? { ...l, ...part } : l).filter((l) => l.count > 0);
  if (!register.lines.length && $("cart").open) $("cart").close();
  keep();
}

export function paintCart() {
  if (!currency()) return;
  const some = register.lines.length > 0;
  for (const list of all(".lines")) {
    const focused = list.contains(document.activeElement) ? [...list.querySelectorAll("button, select")].indexOf(document.activeElement) : -1;
    list.replaceChildren(...register.lines.map(line));
    if (focused >= 0) (list.querySelectorAll("button, select")[focused] || $("charge")).focus();
  }
  for (const sum of all(".cart-total")) sum.textContent = money(total(), currency());
  $("cart-side").hidden = !some;
  $("show-cart").hidden = !some || Boolean(register.follow);
  const count = register.lines.reduce((n, l) => n + l.count, 0);
  $("show-cart").replaceChildren(svg("list"), element("span", "", t("cart.count", { n: count })), element("b", "", money(total(), currency())));
  paintTips();
  paintCash();
  paintShares();
}

function paintTips() {
  for (const b of all("[data-tip]")) {
    const n = Number(b.dataset.tip), amount = base();
    b.replaceChildren(element("b", "", n ? t("tip.percent", { n }) : t("tip.none")),
      element("small", "", n && amount && currency() ? money(tipOf(amount, n), currency()) : " "));
  }
  pressed(all("[data-tip]"), (b) => Number(b.dataset.tip) === register.tip);
}

function paintCash() {
  const amount = (b) => Number(b.dataset.cash) * majorUnit(currency());
  for (const b of all("[data-cash]")) say(b, amount(b) ? money(amount(b), currency()) : t("cash.none"));
  pressed(all("[data-cash]"), (b) => amount(b) === register.cash);
}

function paintShares() {
  $("people").textContent = register.people > 1 ? String(register.people) : t("split.nobody");
  $("fewer").disabled = register.people < 2;
  $("more-people").disabled = register.people >= mostPeople;
  const shares = register.people > 1 && total() >= register.people ? sharesOf(total(), register.people) : [];
  $("shares").replaceChildren(...shares.map((s, i) => element("li", "", element("span", "", t("split.person", { n: i + 1 })), element("b", "", money(s, currency())))));
}

export function wireCart() {
  for (const n of tips) {
    const b = button("tile", "", () => choose({ tip: n }));
    b.dataset.tip = n;
    $("tips").append(b);
  }
  for (const n of notes) {
    const b = button("tile", "", () => choose({ cash: n * majorUnit(currency()) }));
    b.dataset.cash = n;
    $("cash").append(b);
  }
  $("fewer").addEventListener("click", () => choose({ people: Math.max(1, register.people - 1) }));
  $("more-people").addEventListener("click", () => choose({ people: Math.min(mostPeople, register.people + 1) }));
  $("show-cart").addEventListener("click", () => {
    twice($("clear-cart"), t("cart.clear"), t("again", { word: t("cart.clear") }), () => {
      Object.assign(register, { lines: [], people: 1, bill: null });
      $("cart").close();
      keep();
    });
    $("cart").showModal();
  });
  on("cart", paintCart);
  on("terminal", paintCart);
}
