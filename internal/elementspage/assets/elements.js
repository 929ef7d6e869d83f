// The elements' page: draws what the stream tells. It asks for nothing else.
"use strict";

const by = (id) => document.getElementById(id);

// make is an element with a class and either a text or children: text, never markup.
function make(tag, name, inside) {
  const e = document.createElement(tag);
  if (name) e.className = name;
  if (typeof inside === "string") e.textContent = inside;
  else if (inside) e.append(...inside);
  return e;
}

const perSecond = (r) => (r >= 0 ? r.toLocaleString("en-GB", { maximumFractionDigits: 1 }) : "–") + "/s";
const count = (n) => n.toLocaleString("en-GB");

// Health in one sign, for who sees no colours.
const marks = { healthy: "●", suspect: "◐", probation: "◐", aside: "◐" };

// node is a box of the tree; below are its children.
function item(kind, health, lines, below) {
  const box = make("div", "node", lines);
  box.dataset.kind = kind;
  box.dataset.health = health;
  const li = make("li", "", [box]);
  li.dataset.health = health;
  if (below.length) li.append(make("ul", "below", below));
  return li;
}

function element(m, rate) {
  const mark = make("span", "mark", marks[m.health] || "○");
  mark.setAttribute("aria-hidden", "true");
  return item("element", m.health, [
    mark, make("p", "name", m.make), make("p", "state", m.health),
    make("p", "note", `${perSecond(rate)} · ${count(m.answered)} answered · ${count(m.wrong)} wrong · ${count(m.late)} late · ${count(m.mean_us)} µs`),
  ], []);
}

function group(g) {
  const lines = [make("p", "name", "Group " + (g.group || g.socket)), make("p", "state", g.state + (g.missing ? ": " + g.missing : ""))];
  if (g.mode) {
    lines.push(make("p", "note", `${g.mode}, epoch ${g.epoch} · ${perSecond(g.per_second)}`));
    lines.push(make("p", "note", `${count(g.released)} released, ${count(g.refused)} refused`));
    lines.push(make("p", "note", `${count(g.disagreements)} disagreements · ${count(g.audited)} audits`));
  }
  const rates = g.rates || [];
  return item("group", g.state, lines, (g.members || []).map((m, i) => element(m, i in rates ? rates[i] : -1)));
}

function branch(b) {
  const groups = b.groups || [];
  const lines = [make("p", "name", "Branch " + (b.name || "–")), make("p", "note", plural(groups.length, "group"))];
  if (b.link) {
    const bytes = (n) => `${Math.round(n).toLocaleString("en-GB")} B/s`;
    const told = !b.link.reached ? "its registry does not answer"
      : b.link.linked ? `linked · ${bytes(b.link.bytes_in_per_second)} in, ${bytes(b.link.bytes_out_per_second)} out` : "at the hub";
    lines.push(make("p", "note", told));
  }
  return item("branch", b.link && !b.link.reached ? "unreachable" : "", lines, groups.map(group));
}

const plural = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

// say changes a spoken text only where it is another: nothing is read out twice.
function say(id, text) {
  if (by(id).textContent !== text) by(id).textContent = text;
}

function show({ branches, missing }) {
  const all = (branches || []).flatMap((b) => b.groups || []);
  const members = all.flatMap((g) => g.members || []);
  const healthy = members.filter((m) => m.health === "healthy").length;
  by("branches").replaceChildren(...(branches || []).map(branch));
  const rates = all.map((g) => g.per_second).filter((r) => r >= 0);
  by("star-note").textContent = rates.length ? perSecond(rates.reduce((a, r) => a + r, 0)) : perSecond(-1);
  say("sum", `${plural(all.length, "group")}, ${healthy} of ${plural(members.length, "element")} healthy`);
  by("hub").hidden = !missing;
  say("hub", missing ? `The star's centre: ${missing}.` : "");
  showFindings(all.flatMap((g) => (g.findings || []).map((f) => `Group ${g.group}: ${f}`)));
}

let told = "";
function showFindings(list) {
  by("none").hidden = list.length > 0;
  if (told === list.join("\n")) return;
  told = list.join("\n");
  by("findings").replaceChildren(...list.reverse().map((f) => make("li", "", f)));
}

function watch() {
  const stream = new EventSource("/v1/events");
  stream.addEventListener("star", (e) => {
    by("banner").hidden = true;
    show(JSON.parse(e.data));
  });
  stream.addEventListener("error", () => {
    by("banner").hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(watch, 1000);
  });
}

watch();
