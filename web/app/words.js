// Words in the chosen language, and numbers and times as it writes them. A word
// that a language lacks is nothing; tests hold every language to every word.
import { all } from "./dom.js";
import { choice } from "./state.js";

export const languages = { en: "English", de: "Deutsch", fr: "Français", es: "Español" };

let words = {};
let locale = "en";

// t is a word by its path, with {names} filled in.
export function t(path, values = {}) {
  const word = path.split(".").reduce((at, name) => (at && Object.hasOwn(at, name) ? at[name] : undefined), words);
  if (typeof word !== "string") return "";
  return word.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

// wanted is the language of this browser: chosen, or else the first of the
// reader's that is there.
export function wanted() {
  const chosen = choice.get("language");
  if (chosen && Object.hasOwn(languages, chosen)) return chosen;
  for (const l of navigator.languages) {
    const short = l.split("-")[0];
    if (Object.hasOwn(languages, short)) return short;
  }
  return "en";
}

export async function speak(language) {
  try {
    const answer = await fetch(`/${language}.json`);
    if (!answer.ok) return;
    words = await answer.json();
  } catch { return; } // the words that are there stay
  // Numbers and dates as the reader's own country writes them, where it speaks this.
  locale = navigator.languages.find((l) => l.split("-")[0] === language) || language;
  document.documentElement.lang = language;
  for (const e of all("[data-t]")) e.textContent = t(e.dataset.t);
  for (const e of all("[data-t-label]")) e.setAttribute("aria-label", t(e.dataset.tLabel));
}

export function money(minor, currency) {
  const f = new Intl.NumberFormat(locale, { style: "currency", currency });
  const decimals = f.resolvedOptions().maximumFractionDigits;
  const sign = minor < 0 ? "-" : "";
  const text = String(Math.abs(minor)).padStart(decimals + 1, "0");
  // Put together from text: a float would not hold every amount.
  return f.format(sign + (decimals ? `${text.slice(0, -decimals)}.${text.slice(-decimals)}` : text)).replace("-", "−");
}

// majorUnit is how many minor units one of a currency has.
export const majorUnit = (currency) => 10 ** new Intl.NumberFormat(locale, { style: "currency", currency }).resolvedOptions().maximumFractionDigits;

export const number = (n) => new Intl.NumberFormat(locale).format(n);
export const moment = (time) => new Date(time).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
export const exact = (time) => new Date(time).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 1 });
export const hour = (time) => new Date(time).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
export const day = (time) => new Date(time).toLocaleDateString(locale, { dateStyle: "medium" });
