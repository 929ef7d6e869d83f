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

function showPINPad(s) {
  by("pinpad").dataset.state = s.state;
  by("pinpad-note").textContent = s.note;
  by("pinpad-amount").textContent = s.amount;
  by("pinpad-title").textContent = s.state === "offline" && !s.title ? "OFF" : s.title;
  by("pinpad-dots").textContent = "●".repeat(s.dots) + (s.state === "pin" ? "○".repeat(Math.max(0, 4 - s.dots)) : "");
}

function showSlot(at, state, empty, full) {
  at.dataset.state = state.collision ? "collision" : state.present ? "card" : "empty";
  at.textContent = state.collision ? "Two cards in the field" : state.present ? full : empty;
}

function showTray(s) {
  showSlot(by("contact"), s, "Slot empty", "Card in the slot");
  showSlot(by("field"), s.field, "Field empty", "Card in the field");
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
  tap: (card) => card + " is in the field.",
  insert: (card) => card + " is in the slot.",
  swipe: (card) => card + " was swiped.",
  away: () => "The field is empty.",
  pull: () => "The slot is empty.",
};

function say(text, kind) {
  by("said").textContent = text;
  by("said").dataset.kind = kind;
}

// asked is the act with the chosen card and faults.
function asked(what) {
  const card = form.elements.card ? form.elements.card.value : "";
  return {
    do: what,
    card,
    tear_at: Number(by("tear-at").value) || 0,
    tear_after: by("tear-after").checked,
    bad_read: by("bad-read").checked,
  };
}

async function act(what) {
  const a = asked(what);
  try {
    const answer = await fetch("/v1/acts", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(a),
    });
    if (answer.ok) {
      say(done[what](a.card), "good");
    } else if (answer.status === 409) {
      say("Not possible: " + (await answer.json()).error + ".", "bad");
    } else {
      say("Not possible.", "bad");
    }
  } catch {
    say("No connection to the demo.", "bad");
  }
}

// One act after the other: hands do one thing at a time.
let queue = Promise.resolve();

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (button) queue = queue.then(() => act(button.dataset.do));
});
form.addEventListener("submit", (event) => event.preventDefault());

watch();
