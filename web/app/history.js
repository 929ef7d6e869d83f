// The payments, newest first: what this terminal has journaled, page by page, and
// narrowed to those that a merchant looks for.
import { $, button, element, svg, pressed } from "./dom.js";
import { state, on } from "./state.js";
import { t, money, hour, day } from "./words.js";
import { glance } from "./ask.js";
import { kind, cardName, paid } from "./payment.js";
import { remember } from "./sale.js";
import { details } from "./details.js";

const filters = {
  every: () => true,
  paid: (p) => paid(p) && !p.of,
  back: (p) => p.type === "refund" || p.type === "void",
  open: (p) => p.money === "held" || p.money === "unknown",
  not: (p) => Boolean(p.outcome) && !paid(p),
};
let filter = "every";
let cursor; // undefined until a page was seen; null on the last

export function paintList() {
  const focused = document.activeElement && document.activeElement.dataset.id;
  const shown = [...state.payments.values()].filter(filters[filter]).sort((a, b) => b.created_at.localeCompare(a.created_at));
  $("empty").hidden = shown.length > 0;
  $("list").hidden = shown.length === 0;
  let last = "";
  $("list").replaceChildren(...shown.map((p) => {
    const date = day(p.created_at), head = date !== last;
    last = date;
    return row(p, head && date !== day(Date.now()) ? date : "");
  }));
  $("older").hidden = !cursor;
  if (focused) for (const b of $("list").querySelectorAll("button")) if (b.dataset.id === focused) b.focus();
}

function row(p, date) {
  const [colour, mark, word] = kind(p);
  const tag = element("span", "tag", svg(mark));
  tag.dataset.kind = colour;
  const gone = p.outcome && (!paid(p) || p.money === "released" || p.money === "refunded" && p.type !== "refund");
  const sum = paid(p) && p.approved_amount !== null ? p.approved_amount : p.amount;
  const price = element("span", "price" + (gone ? " void" : ""), sum ? (p.type === "refund" ? "−" : "") + money(sum, p.currency) : "");
  const b = button("row", tag, () => details(p.id));
  b.append(element("span", "", element("b", "", word), element("small", "", cardName(p) || p.reference || t("list.no_card"))),
    element("span", "", price, element("small", "time", hour(p.created_at))));
  b.dataset.id = p.id;
  return element("li", "", ...date ? [element("p", "date", date)] : [], b);
}

async function older() {
  if (!cursor) return;
  const page = await glance(`/v1/payments?limit=50&cursor=${encodeURIComponent(cursor)}`);
  if (!page) return;
  cursor = page.next_cursor || null;
  page.payments.forEach(remember);
  paintList();
}

export function wireHistory() {
  for (const name of Object.keys(filters)) {
    const b = button("chip", "", () => { filter = name; paintFilters(); paintList(); });
    b.dataset.filter = name;
    $("filters").append(b);
  }
  $("older").addEventListener("click", older);
  on("payments", paintList);
  on("page", (page) => { if (cursor === undefined) { cursor = page.next_cursor || null; paintList(); } });
}

export function paintFilters() {
  for (const b of $("filters").children) b.textContent = t(`filters.${b.dataset.filter}`);
  pressed($("filters").children, (b) => b.dataset.filter === filter);
}
