// Which of the views is shown, and who fills it when it is opened.
import { all, leave } from "./dom.js";
import { emit } from "./state.js";

export const view = () => document.body.dataset.tab;

export function tab(name) {
  if (view() === name) return;
  document.body.dataset.tab = name;
  for (const b of all(".tabs button")) {
    if (b.dataset.tab === name) b.setAttribute("aria-current", "page"); else b.removeAttribute("aria-current");
  }
  emit("view", name);
}

export function wireViews() {
  for (const b of all(".tabs button")) b.addEventListener("click", () => tab(b.dataset.tab));
  for (const b of all("[data-close]")) b.addEventListener("click", (e) => {
    b.closest("dialog").close();
    leave(document.activeElement, e); // at once: the event of the closing comes later than a fast hand
  });
  for (const d of all("dialog")) d.addEventListener("click", (e) => { if (e.target === d) d.close(); });
}
