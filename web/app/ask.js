// Asks the terminal. An answer that did not come, or came in part, is Lost: then
// nobody knows what happened, and the caller asks again or says so.
import { $ } from "./dom.js";
import { t } from "./words.js";

export class Lost extends Error {}

export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", credentials: "same-origin", redirect: "error", ...options });
  } catch { throw new Lost("no answer"); }
  if (response.status === 401) lock();
  let body = null;
  try {
    body = (response.headers.get("Content-Type") || "").includes("json") ? await response.json() : await response.text();
  } catch { throw new Lost("half an answer"); }
  return { ok: response.ok, status: response.status, body };
}

// tell posts, with a body where there is one.
export function post(path, body, headers = {}) {
  return ask(path, { method: "POST", headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body) });
}

// glance is for what may be missing: an older terminal, or no answer just now. null
// then, so that the rest of a view is shown all the same.
export async function glance(path) {
  try {
    const r = await ask(path);
    return r.ok ? r.body : null;
  } catch (e) {
    if (!(e instanceof Lost)) throw e;
    return null;
  }
}

// problem is what a refusal means, in words; without an answer, that there is none.
export function problem(body) {
  if (!body) return t("lost.short");
  return t(`problems.${body.code}`) || body.title || t("lost.refused");
}

export function drawKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return "page-" + Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

function lock() {
  const l = $("locked");
  if (!l) return;
  l.hidden = false;
  document.title = t("locked.title");
}
