// What changes by itself: the event stream, the terminal's state, and whether there
// is a connection at all.
import { $, pause, say } from "./dom.js";
import { state, emit } from "./state.js";
import { t } from "./words.js";
import { ask, Lost } from "./ask.js";
import { take } from "./sale.js";

const colours = { ready: "ready", busy: "busy", booting: "wait", reversal_mode: "wait", offline: "wait", tampered: "down",
  key_exhausted: "down", needs_attention: "down", reader_unavailable: "down", pinpad_unavailable: "down" };

let stream = null;
export function listen() {
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

async function refreshList() {
  try {
    const r = await ask("/v1/payments?limit=50");
    if (!r.ok) return;
    r.body.payments.forEach(take);
    emit("page", r.body);
  } catch (e) { if (!(e instanceof Lost)) throw e; }
}

let quiet = null;
export function connected(yes) {
  if (yes) { clearTimeout(quiet); quiet = null; $("banner").hidden = true; return; }
  if (quiet !== null) return; // every further try that fails is the same break
  // A short break mends itself and need not alarm anyone.
  quiet = setTimeout(() => {
    say($("banner"), t(state.current && !state.current.outcome ? "lost.paying" : "lost.trying"));
    $("banner").hidden = false;
    paintState("down", t("lost.word"));
  }, 1200);
}

function paintState(colour, text) {
  $("state").dataset.state = colour;
  say($("state-text"), text);
}

export async function watchTerminal() {
  for (;;) {
    await pause(3000);
    if (!document.hidden) await lookAtTerminal();
  }
}

export async function lookAtTerminal() {
  try {
    const r = await ask("/v1/terminal");
    if (r.ok) {
      const first = !state.terminal;
      state.terminal = r.body;
      say($("shop"), r.body.merchant.name);
      $("environment").hidden = r.body.environment !== "demo";
      paintState(colours[r.body.state] || "wait", t(`states.${r.body.state}`) || t("states.unknown"));
      connected(true);
      if (first || !$("protection").textContent) await lookAtSecurity();
      emit("terminal");
    } else if (r.status !== 401) {
      paintState("down", t("states.away"));
    }
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    connected(false);
  }
}

async function lookAtSecurity() {
  const r = await ask("/v1/terminal/security");
  if (r.ok) say($("protection"), `${t(`isolations.${r.body.isolation}`)} · ${t(`memories.${r.body.memory_protection}`)}`);
}
