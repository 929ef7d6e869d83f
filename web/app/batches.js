// Batches: the open one, its closing, and those before, with both sides' totals and
// what differs.
import { $, button, element, fill, pause, twice } from "./dom.js";
import { state, on } from "./state.js";
import { t, money, moment } from "./words.js";
import { ask, post, glance, problem, drawKey, Lost } from "./ask.js";

const kinds = [["sales", "batch.sales"], ["refunds", "batch.refunds"], ["voided_sales", "batch.voided"]];
const shownPast = 12;
let closing = null; // the batch whose closing is followed
let painted = "";   // what the view shows, so that it is painted only where it changes

const over = (b) => b.state === "closed" || b.state === "differs";

export async function batch(path = "/v1/batches/current") {
  closing = null;
  if (!$("batch").open) $("batch").showModal();
  try {
    const r = await ask(path);
    if (r.ok) paintBatch(r.body); else say(r.body);
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    say(null);
  }
}

function say(body) { $("batch-state").textContent = problem(body); }

// totals is both sides beside each other.
function totals(b) {
  const cell = (s) => s && s.count ? `${money(s.amount, b.currency)} (${s.count})` : "–";
  const head = element("tr", "", element("td", ""), ...["batch.ours", "batch.theirs"].map((w) => heading(t(w), "col")));
  const rows = kinds.map(([name, word]) => element("tr", "", heading(t(word), "row"), element("td", "", cell(b.ours[name])),
    element("td", "", b.theirs ? cell(b.theirs[name]) : "–")));
  const net = element("tr", "net", heading(t("batch.net"), "row"), element("td", "", money(b.ours.net, b.currency)),
    element("td", "", b.theirs ? money(b.theirs.net, b.currency) : "–"));
  return element("table", "totals", element("thead", "", head), element("tbody", "", ...rows, net));
}

function heading(text, scope) {
  const th = element("th", "", text);
  th.scope = scope;
  return th;
}

function paintBatch(b) {
  $("batch-title").textContent = t("batch.title", { n: b.batch });
  $("batch-state").textContent = t(`batch.states.${b.state}`) || b.state;
  $("batch-totals").replaceChildren(totals(b));
  fill($("batch-list"), [[t("batch.pending"), b.pending || null], [t("batch.closed_at"), b.closed_at && moment(b.closed_at)]]);
  const lines = b.differences.map((d) => element("li", "", t("batch.difference", { what: t(`batch.kinds.${d.kind}`), type: t(`types.${d.type}`) || d.type,
    rrn: d.rrn, ours: money(d.ours, b.currency), theirs: money(d.theirs, b.currency) })));
  if (b.omitted) lines.push(element("li", "", t("batch.omitted", { n: b.omitted })));
  $("batch-differences").replaceChildren(...lines);
  $("batch-close").hidden = b.state !== "open";
  twice($("batch-close"), t("batch.close"), t("again", { word: t("batch.close") }), closeBatch);
}

// closeBatch asks under one key until it is answered, and follows the batch to its end.
async function closeBatch() {
  const key = drawKey();
  const mine = closing = {};
  $("batch-close").hidden = true;
  $("batch-state").textContent = t("batch.states.closing");
  while (mine === closing && $("batch").open) {
    try {
      const r = await post("/v1/batches/current/close", undefined, { "Idempotency-Key": key });
      if (mine !== closing) return;
      if (!r.ok && !(r.body && r.body.retry === "same_key")) { say(r.body); return; }
      if (r.ok) paintBatch(r.body);
      if (r.ok && over(r.body)) { await batch(`/v1/batches/${r.body.batch}`); paintBatches(); return; }
    } catch (e) {
      if (!(e instanceof Lost)) throw e;
      say(null);
    }
    await pause(700);
  }
}

// paintBatches fills the view: the open batch, then those before until one is not known.
async function paintBatches() {
  if (document.body.dataset.tab !== "batches") return;
  const now = await glance("/v1/batches/current");
  if (!now) { $("batch-now").replaceChildren(element("p", "empty", t("lost.short"))); return; }
  const queue = await glance("/v1/queue");
  const shown = JSON.stringify([now, queue, document.documentElement.lang]);
  if (shown === painted) return;
  painted = shown;
  const waits = queue && queue.pending ? t("batch.waits", { n: queue.pending }) : t("batch.nothing_waits");
  $("batch-now").replaceChildren(element("h3", "", t("batch.current", { n: now.batch })), element("p", "big", money(now.ours.net, now.currency)),
    element("p", "hint", `${t(`batch.states.${now.state}`)}. ${waits}`), totals(now), button("main wide", t("batch.look"), () => batch()));
  await paintPast(now.batch);
}

async function paintPast(open) {
  const rows = [];
  for (let n = open - 1; n > 0 && rows.length < shownPast; n--) {
    const b = await glance(`/v1/batches/${n}`);
    if (!b) break;
    rows.push(row(b));
  }
  $("batch-past").replaceChildren(...rows);
  $("batch-none").hidden = rows.length > 0;
}

function row(b) {
  const r = button("row plain", element("span", "", element("b", "", t("batch.title", { n: b.batch })),
    element("small", "", b.closed_at ? moment(b.closed_at) : "")), () => batch(`/v1/batches/${b.batch}`));
  const word = element("small", b.state === "differs" ? "alarm" : "", t(`batch.short.${b.state}`));
  r.append(element("span", "", element("span", "price", money(b.ours.net, b.currency)), word));
  return element("li", "", r);
}

export function wireBatches() {
  $("show-batch").addEventListener("click", () => batch());
  on("view", paintBatches);
  let last = null;
  on("terminal", () => {
    if (last !== null && last !== state.terminal.batch) paintBatches();
    last = state.terminal.batch;
  });
}
