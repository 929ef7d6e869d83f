// Pairing: one request at a time. The merchant compares its name and lets it in, or
// not; the code and the QR are shown here and nowhere near a PIN.
import { $, button, element, pause, twice } from "./dom.js";
import { on } from "./state.js";
import { t, moment } from "./words.js";
import { ask, glance, post, problem, Lost } from "./ask.js";
import { view } from "./views.js";

let watching = false;
let shown = "";

const scopesOf = (scopes) => scopes.map((s) => t(`scopes.${s}`) || s).join(", ");

async function watch() {
  if (watching || view() !== "settings") return;
  watching = true;
  await paintClients();
  while (view() === "settings") {
    const now = await glance("/v1/pairing/requests/current");
    if (!now) { $("pairing").hidden = true; break; } // an older terminal, or none
    $("pairing").hidden = false;
    paintRequest(now);
    await pause(1500);
  }
  watching = false;
}

// paintRequest paints only what has changed, so that focus stays where it is.
function paintRequest(now) {
  const r = now.request;
  const key = JSON.stringify([now.enabled, r && [r.id, r.status], document.documentElement.lang]);
  const clock = $("pairing-clock");
  if (clock && r) clock.textContent = t("pairing.seconds", { n: r.expires_in_s });
  if (key === shown) return;
  shown = key;
  if (!now.enabled) { $("pairing-now").replaceChildren(element("p", "hint", t("pairing.off"))); return; }
  if (!r) { $("pairing-now").replaceChildren(element("p", "empty", t("pairing.waiting"))); return; }
  const said = element("p", "hint", t(`pairing.status.${r.status}`));
  if (r.status === "waiting") paintWaiting(r, said);
  else if (r.status === "confirmed") paintCode(r, said);
  else {
    $("pairing-now").replaceChildren(element("div", "ask", element("b", "", r.name), said));
    paintClients();
  }
}

function paintWaiting(r, said) {
  const act = (word) => async () => { await deed(`/v1/pairing/requests/${r.id}/${word}`); };
  $("pairing-now").replaceChildren(element("div", "ask", element("b", "", r.name), element("p", "", scopesOf(r.scopes)), said, clockOf(r),
    element("div", "deeds", button("second", t("pairing.reject"), act("reject")), button("main", t("pairing.confirm"), act("confirm")))));
}

function paintCode(r, said) {
  const qr = element("img", "qr");
  qr.src = `/v1/pairing/requests/${r.id}/qr?format=svg`;
  qr.alt = t("pairing.qr");
  const digits = r.code ? `${r.code.slice(0, 4)} ${r.code.slice(4)}` : "";
  $("pairing-now").replaceChildren(element("div", "ask", element("b", "", r.name), said, element("output", "code", digits), qr, clockOf(r),
    button("second wide", t("pairing.reject"), () => deed(`/v1/pairing/requests/${r.id}/reject`))));
}

function clockOf(r) {
  const p = element("p", "hint", t("pairing.seconds", { n: r.expires_in_s }));
  p.id = "pairing-clock";
  return p;
}

async function deed(path, options) {
  try {
    const r = options ? await ask(path, options) : await post(path);
    if (!r.ok) $("pairing-now").replaceChildren(element("p", "hint", problem(r.body)));
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    $("pairing-now").replaceChildren(element("p", "hint", t("lost.short")));
  }
  shown = "";
  const now = await glance("/v1/pairing/requests/current");
  if (now) paintRequest(now);
}

async function paintClients() {
  const answer = await glance("/v1/pairing/clients");
  const clients = answer && Array.isArray(answer.clients) ? answer.clients : [];
  $("pairing-none").hidden = clients.length > 0;
  $("pairing-clients").replaceChildren(...clients.map((c) => {
    const end = element("button", "second small");
    twice(end, t("pairing.end"), t("again", { word: t("pairing.end") }), async () => {
      await deed(`/v1/pairing/clients/${c.id}`, { method: "DELETE" });
      await paintClients();
    });
    const seen = c.last_seen_at ? t("pairing.seen", { time: moment(c.last_seen_at) }) : t("pairing.unseen");
    return element("li", "plain", element("span", "", element("b", "", c.name), element("small", "", scopesOf(c.scopes)), element("small", "", seen)), end);
  }));
}

export function wirePairing() { on("view", watch); }
