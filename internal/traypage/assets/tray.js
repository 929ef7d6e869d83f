// The card tray: what the hands do, and what the displays show.
"use strict";

const by = (id) => document.getElementById(id);
const form = by("tray");

// Displays

// The reader's lines are "amount · words" or words alone.
function showReader({ text }) {
  const [first, more] = text.split(" · ");
  by("reader-text").textContent = text ? first : "OFF";
  by("reader-more").textContent = more || "";
}

// Places for digits: four to begin with, so that the entry shows where they go.
const places = { pin: 4, card: 4 };

function showPINPad(s) {
  by("pinpad").dataset.state = s.state;
  by("pinpad-note").textContent = s.note;
  by("pinpad-amount").textContent = s.amount;
  by("pinpad-title").textContent = s.state === "offline" && !s.title ? "OFF" : s.title;
  showLines(s.lines || []);
  by("pinpad-dots").textContent = "●".repeat(s.dots) + "○".repeat(Math.max(0, (places[s.state] || 0) - s.dots));
}

// Numbered labels, which come from a card: text, never markup.
function showLines(lines) {
  by("pinpad-lines").replaceChildren(...lines.map((text) => {
    const line = document.createElement("li");
    line.textContent = text;
    return line;
  }));
}

let tray = { present: false, field: { present: false } };
let acting = false;

function showSlot(at, state, name, where) {
  at.dataset.state = state.collision ? "collision" : state.present ? "card" : "empty";
  at.textContent = state.collision ? "Two cards in the " + where + (name ? ": " + name : "")
    : state.present ? (name || "Card") + " in the " + where
    : where[0].toUpperCase() + where.slice(1) + " empty";
}

function showTray(s) {
  if (!acting && tray.present && !s.present) say("The card has left the slot.", "");
  if (!acting && tray.field.present && !s.field.present) say("The card has left the field.", "");
  tray = s;
  showSlot(by("contact"), s, s.contact_card, "slot");
  showSlot(by("field"), s.field, s.field_cards, "field");
  showButtons();
}

// hindrances say why an act makes no sense now; empty where it does.
const hindrances = {
  tap: (has) => !has("contactless") ? "This card cannot be tapped."
    : tray.field.collision ? "Two cards are in the field already." : "",
  insert: (has) => !has("chip") ? "This card has no contacts."
    : tray.present ? "There is a card in the slot already." : "",
  swipe: (has) => !has("stripe") && !by("bad-read").checked ? "This card has no stripe." : "",
  away: () => tray.field.present ? "" : "The field is empty.",
  pull: () => tray.present ? "" : "The slot is empty.",
};

// there reports whether the card of this name is at the reader: one card is not in
// two places.
const there = (name) => name !== "" && [tray.contact_card, ...(tray.field_cards || "").split(" and ")].includes(name);

function hindrance(what, name) {
  if (["tap", "insert", "swipe"].includes(what) && there(name)) return name + " is at the reader already.";
  const card = [...form.querySelectorAll("[name=card]")].find((c) => c.value === name);
  return hindrances[what]((part) => card !== undefined && card.dataset.has.split(", ").includes(part));
}

// A button that makes no sense now keeps the focus, and says why when it is used.
function showButtons() {
  for (const button of form.querySelectorAll("button[data-do]")) {
    const why = hindrance(button.dataset.do, chosen());
    button.setAttribute("aria-disabled", String(why !== ""));
    button.title = why;
  }
}

function watch() {
  const stream = new EventSource("/v1/events");
  const on = (name, show) => stream.addEventListener(name, (e) => {
    by("banner").hidden = true;
    show(JSON.parse(e.data));
  });
  on("reader", showReader);
  on("pinpad", showPINPad);
  on("tray", showTray);
  stream.addEventListener("error", () => {
    by("banner").hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(watch, 1000);
  });
}

// Acts

const done = {
  tap: (card) => tray.field.collision ? "Two cards are in the field." : card + " is held to the reader until you take it away.",
  insert: (card) => card + " is in the slot.",
  swipe: (card) => card + " was swiped.",
  away: () => "The field is empty.",
  pull: () => "The slot is empty.",
};

function say(text, kind) {
  by("said").textContent = text;
  by("said").dataset.kind = kind;
}

const chosen = () => form.elements.card ? form.elements.card.value : "";

// asked is the act with the chosen card and faults.
function asked(what) {
  return {
    do: what,
    card: chosen(),
    tear_at: Number(by("tear-at").value) || 0,
    tear_after: by("tear-after").checked,
    bad_read: by("bad-read").checked,
    crowd: by("crowd").checked,
  };
}

async function act(a) {
  const why = hindrance(a.do, a.card);
  if (why) {
    say(why, "bad");
    return;
  }
  acting = true;
  try {
    const answer = await fetch("/v1/acts", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(a),
    });
    if (answer.ok) {
      showTray(await answer.json());
      say(done[a.do](a.card), "good");
    } else if (answer.status === 409) {
      say("Not possible: " + (await answer.json()).error + ".", "bad");
    } else {
      say("Not possible.", "bad");
    }
  } catch {
    say("No connection to the demo.", "bad");
  } finally {
    acting = false;
  }
}

// One act after the other: hands do one thing at a time.
let queue = Promise.resolve();

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button) return;
  const a = asked(button.dataset.do);
  queue = queue.then(() => act(a));
});
form.addEventListener("change", showButtons);
form.addEventListener("submit", (event) => event.preventDefault());

showButtons();
watch();
