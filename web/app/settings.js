// Settings of this browser: colours, language, keys; and what the page is.
import { $, all, button, fill, pressed } from "./dom.js";
import { state, on, choice } from "./state.js";
import { t, languages, speak, wanted } from "./words.js";

export function wireSettings(repaint) {
  for (const b of all("[data-theme-is]")) b.addEventListener("click", () => { choice.set("theme", b.dataset.themeIs); dress(); });
  for (const [code, name] of Object.entries(languages)) {
    const b = button("", name, async () => { choice.set("language", code); await speak(code); repaint(); paint(); });
    b.lang = code;
    b.dataset.language = code;
    $("languages").append(b);
  }
  $("digit-keys").addEventListener("click", () => { choice.set("digits", choice.get("digits") === "off" ? "on" : "off"); paint(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);
  on("view", paint);
  offerInstall();
  dress();
}

function dress() {
  const theme = choice.get("theme") || "system";
  if (theme === "system") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme;
  document.querySelector('meta[name="theme-color"]').content = getComputedStyle(document.body).backgroundColor;
  pressed(all("[data-theme-is]"), (b) => b.dataset.themeIs === theme);
}

function paint() {
  pressed(all("[data-language]"), (b) => b.dataset.language === wanted());
  $("digit-keys").setAttribute("aria-checked", String(choice.get("digits") !== "off"));
  const d = state.terminal;
  if (d) fill($("about"), [[t("about.merchant"), d.merchant.name], [t("about.merchant_id"), d.merchant_id], [t("about.terminal"), d.terminal_id],
    [t("about.version"), d.version], [t("about.environment"), t(`about.${d.environment}`)]]);
}

// offerInstall shows a button where the browser would install the page.
function offerInstall() {
  let offer = null;
  addEventListener("beforeinstallprompt", (e) => { e.preventDefault(); offer = e; $("install").hidden = false; });
  addEventListener("appinstalled", () => { $("install").hidden = true; });
  $("install").addEventListener("click", () => { if (offer) offer.prompt(); offer = null; $("install").hidden = true; });
}
