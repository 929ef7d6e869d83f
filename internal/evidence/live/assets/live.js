"use strict";
// Shows each state as it comes. What is told is text and is put in as text.
const at = (id) => document.getElementById(id);
const found = (w) => w.more + Object.values(w.hits).reduce((a, b) => a + b, 0);
const whole = (n) => n.toLocaleString("en");

function row(cells, kind) {
  const tr = document.createElement("tr");
  for (const [i, text] of cells.entries()) {
    const cell = document.createElement(i === 0 || kind === "head" ? "th" : "td");
    cell.textContent = text;
    cell.scope = kind === "head" ? "col" : "row";
    tr.append(cell);
  }
  return tr;
}

function table(worlds) {
  const t = document.createElement("table");
  const head = document.createElement("thead");
  const body = document.createElement("tbody");
  head.append(row(["process", "number", "track 2", "PIN", "keys", "sweeps", "MB"], "head"));
  for (const w of worlds) {
    body.append(row([w.name.split(" ")[0], whole(w.hits.pan), whole(w.hits.track2), whole(w.hits.pin), whole(w.hits.key), whole(w.sweeps), whole(Math.round(w.bytes / 1e6))]));
  }
  t.append(head, body);
  return t;
}

function column(name, worlds) {
  const n = worlds.reduce((sum, w) => sum + found(w), 0);
  at(`${name}-found`).textContent = whole(n);
  at(name).replaceChildren(table(worlds));
  return n;
}

function show(s) {
  if (!s.worlds) return;
  const of = (column) => s.worlds.filter((w) => w.column === column);
  for (const [name, worlds] of [["app", of("app world")], ["secure", of("secure world").filter((w) => w.claimed)]]) {
    document.querySelector(`section.${name}`).classList.toggle("leaks", column(name, worlds) > 0);
  }
  column("control", of("control"));
  const hidden = of("secure world").reduce((sum, w) => sum + w.hidden_bytes, 0);
  at("hidden").textContent = hidden ? `${whole(Math.round(hidden / 1e6))} MB are there and were refused to root.` : "Nothing is hidden from root here.";
  at("sale").textContent = `sale ${s.sale} of ${s.sales}: ${s.stage}; ${s.approved} approved in both terminals`;
  at("caught").replaceChildren(...(s.caught || []).slice(-7).reverse().map((text) => {
    const li = document.createElement("li");
    li.textContent = text;
    return li;
  }));
  at("proof").textContent = s.planted
    ? `In a deliberately leaky program's memory it found ${s.planted_found} of ${s.planted} planted leaks.`
    : "It has no control now: nothing found means nothing.";
  const others = s.worlds.filter((w) => !w.claimed && w.column !== "control");
  at("others").textContent = `No claim is made of: ${others.map((w) => `${w.name} (${whole(found(w))} found; may hold ${w.may_hold})`).join("; ")}. Memory protection: ${s.memory_protection}.`;
}

new EventSource("/v1/events").onmessage = (e) => show(JSON.parse(e.data));
