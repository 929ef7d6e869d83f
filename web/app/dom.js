// Small hands for the document. Nothing here takes text for markup.
export const $ = (id) => document.getElementById(id);
export const all = (selector) => document.querySelectorAll(selector);
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export function svg(name) {
  const s = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/art.svg#${name}`);
  s.setAttribute("aria-hidden", "true");
  s.append(use);
  return s;
}

export function element(name, className, ...children) {
  const e = document.createElement(name);
  if (className) e.className = className;
  e.append(...children);
  return e;
}

export function button(className, text, act) {
  const b = element("button", className, text);
  b.addEventListener("click", act);
  return b;
}

// fill writes label and value pairs; what has no value is left out.
export function fill(list, rows) {
  list.replaceChildren();
  for (const [label, value, mono] of rows) {
    if (value === null || value === undefined || value === "") continue;
    list.append(element("dt", "", label), element("dd", mono ? "mono" : "", String(value)));
  }
}

// check is a line that says yes, no or something between, in words and by a mark.
export function check(state, label, word) {
  const li = element("li", "", svg(state === "yes" ? "check" : state === "no" ? "cross" : "minus"),
    element("span", "", label), element("b", "", word));
  li.dataset.is = state;
  return li;
}

// said changes a text only where it differs, so that live regions speak once.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function pressed(buttons, isOn) {
  for (const b of buttons) b.setAttribute("aria-pressed", String(isOn(b)));
}

// twice lets a button act when it is pressed a second time, so that no slip of a
// finger moves money or ends a pairing.
export function twice(b, word, again, act) {
  b.textContent = word;
  b.onclick = () => {
    b.textContent = again;
    b.onclick = () => { b.onclick = null; act(); };
  };
}

// leave gives the keyboard back to the page after a finger or a mouse, so that
// digits and Enter go to the pad; who goes by Tab stays where they are.
export function leave(b, e) {
  if (e.detail > 0) b.blur();
}

// toPad lets digits and Enter go to the pad, and Tab go on from its button.
export function toPad() {
  $("charge").focus();
  document.activeElement.blur();
}
