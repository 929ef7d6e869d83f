// Sets the chosen colours before anything is painted. The choice is kept in this
// browser; without one the device decides.
"use strict";
{
  let theme = "system";
  try { theme = localStorage.getItem("theme") || "system"; } catch { /* nothing is kept here */ }
  if (theme !== "system") document.documentElement.dataset.theme = theme;
}
