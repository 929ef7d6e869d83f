// The terminal: its devices, the bank, and the secure world in its own words. What is
// not in force is said first. No key has room here.
import { $, check, element, fill, say } from "./dom.js";
import { state, on } from "./state.js";
import { t, number } from "./words.js";
import { ask, glance, post, problem, Lost } from "./ask.js";
import { view } from "./views.js";

const marks = { ok: "yes", warn: "mid", unknown: "mid", fail: "no" };

function paintLane() {
  const d = state.terminal;
  if (!d || view() !== "device") return;
  const yes = (on, word, yesWord, noWord) => check(on ? "yes" : "no", t(word), t(on ? yesWord : noWord));
  const waiting = d.reversals.pending;
  $("device-checks").replaceChildren(
    yes(d.reader_connected, "device.reader", "device.connected", "device.not_connected"),
    yes(d.pinpad_connected, "device.pinpad", "device.connected", "device.not_connected"),
    yes(d.host_signed_on, "device.bank", "device.signed_on", "device.not_signed_on"),
    check("mid", t("device.slot"), t(d.card_present ? "device.card_in" : "device.empty")),
    check(waiting ? "no" : "yes", t("device.reversals"), waiting ? number(waiting) : t("device.none")));
}

async function paintWorld() {
  if (view() !== "device") return;
  paintLane();
  let s;
  try {
    const r = await ask("/v1/terminal/security");
    if (!r.ok) throw new Lost("refused");
    s = r.body;
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    $("security-notes").replaceChildren(element("li", "", t("device.away")));
    for (const id of ["security-list", "security-layers", "security-measured"]) $(id).replaceChildren();
    return;
  }
  $("security-notes").replaceChildren(...s.notes.map((n) => element("li", "", t(`notes.${n}`) || n)));
  fill($("security-list"), [
    [t("device.isolation"), t(`isolations.${s.isolation}`)], [t("device.memory"), t(`memories.${s.memory_protection}`)],
    [t("device.storage"), t(`storages.${s.storage_root}`)], [t("device.attestation"), t(`attestations.${s.attestation}`)],
    [t("device.fips"), s.fips_140 ? t("device.fips_on", { module: s.fips_140_module }) : t("device.not_in_force")],
    [t("device.transport"), t(`transports.${s.transport}`)],
    [t("device.keys_left"), number(s.host_keys_left)], [t("device.kernel"), t("device.kernel_text", { n: s.kernel_version, starts: s.kernel_starts })],
    [t("device.journal"), t("device.records", { n: number(s.journal.length) })],
    [t("device.refused"), number(s.counters.frames_refused + s.counters.envelopes_refused + s.counters.bad_macs)],
  ]);
  $("security-layers").replaceChildren(...Object.entries(s.layers).map(([name, on]) =>
    check(on ? "yes" : "no", t(`layers.${name}`) || name.replaceAll("_", " "), t(on ? "device.in_force" : "device.not_in_force"))));
  fill($("security-measured"), Object.entries(s.measurements).filter(([, d]) => d).map(([name, d]) => [t(`measured.${name}`) || name, d, true]));
  await paintKeys();
}

async function paintKeys() {
  const answer = await glance("/v1/terminal/keys");
  if (!answer) return;
  $("security-keys").replaceChildren(...answer.keys.map((k) => element("li", "plain", element("span", "", element("b", "", k.name),
    element("small", "", [k.algorithm, t(`keystates.${k.state}`) || k.state].join("  ·  "))), element("code", "", k.check_value || "–"))));
}

async function diagnose() {
  $("diagnose").disabled = true;
  say($("diagnosis-said"), t("device.diagnosing"));
  try {
    const r = await post("/v1/terminal/diagnosis", {});
    if (r.ok) {
      $("diagnosis").replaceChildren(...r.body.checks.map((c) => {
        const line = check(marks[c.result] || "mid", t(`checks.${c.check}`) || c.check, t(`results.${c.result}`));
        if (c.action) line.append(element("small", "", c.action));
        return line;
      }));
      say($("diagnosis-said"), t(`results.${r.body.result}`));
    } else {
      say($("diagnosis-said"), problem(r.body));
      if (r.status === 404) $("diagnose").hidden = true; // an older terminal
    }
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    say($("diagnosis-said"), t("lost.short"));
  }
  $("diagnose").disabled = false;
}

export function wireDevice(tab) {
  $("state").addEventListener("click", () => tab("device"));
  $("diagnose").addEventListener("click", diagnose);
  on("terminal", paintLane);
  on("view", paintWorld);
}
