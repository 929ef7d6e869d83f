// The keys and the display of the PIN pad. The page knows dots, never digits; of a
// card that was keyed in, the last four.
"use strict";

const by = (id) => document.getElementById(id);
const screen = by("screen");
const keys = by("keys");
const bearer = takeKey();

// The key comes in the fragment, which is not sent to any server, and is taken
// out of the address bar at once. It lasts as long as this tab.
function takeKey() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem("key", given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem("key") || "";
}

function show(s) {
  screen.dataset.state = s.state;
  by("note").textContent = s.note;
  by("amount").textContent = s.amount;
  by("title").textContent = s.title;
  showLines(s.lines || []);
  showDots(places[s.state] || 0, s.dots);
  keys.classList.toggle("asleep", !["pin", "choice", "card"].includes(s.state));
}

// Numbered labels, which come from a card: text, never markup.
function showLines(lines) {
  by("lines").replaceChildren(...lines.map((text) => {
    const line = document.createElement("li");
    line.textContent = text;
    return line;
  }));
}

// Four places to begin with, so that the entry shows where digits will go.
const places = { pin: 4, card: 4 };

function showDots(atLeast, typed) {
  const dots = by("dots");
  dots.replaceChildren();
  for (let i = 0; atLeast && i < Math.max(atLeast, typed); i++) {
    const dot = document.createElement("b");
    dot.classList.toggle("empty", i >= typed);
    dots.append(dot);
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function watch() {
  let since = "";
  for (;;) {
    try {
      const answer = await fetch("/v1/display?since=" + since, { headers: { Authorization: "Bearer " + bearer } });
      if (answer.status === 401) {
        show({ state: "offline", title: "NO KEY", note: "Open the address in page.url", amount: "", dots: 0 });
        return;
      }
      const s = await answer.json();
      since = s.seq;
      show(s);
    } catch {
      show({ state: "offline", title: "SWITCHED OFF", note: "", amount: "", dots: 0 });
      since = "";
      await pause(1000);
    }
  }
}

// One key after the other: digits must not overtake each other.
let queue = Promise.resolve();

function press(name) {
  const send = () => fetch("/v1/keys", {
    method: "POST",
    headers: { Authorization: "Bearer " + bearer, "Content-Type": "application/json" },
    body: JSON.stringify({ key: name }),
  });
  queue = queue.then(send).catch(() => {});
}

keys.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) press(button.dataset.key);
});

function nameOf(key) {
  if (/^[0-9]$/.test(key)) return key;
  return { Enter: "ok", Escape: "cancel", Backspace: "clear", Delete: "clear" }[key];
}

addEventListener("keydown", (event) => {
  const name = nameOf(event.key);
  if (!name || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const button = keys.querySelector(`[data-key="${name}"]`);
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 120);
  press(name);
});

watch();
