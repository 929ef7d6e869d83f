// The merchant's page. It asks the terminal, shows what the terminal says, and
// decides nothing about money.
import { $ } from "./dom.js";
import { state, on } from "./state.js";
import { speak, wanted } from "./words.js";
import { listen, watchTerminal, lookAtTerminal } from "./live.js";
import { charge, balance, cancel, next, resume } from "./sale.js";
import { wireRegister, paintPad } from "./register.js";
import { wireCart, paintCart } from "./cart.js";
import { wireScreens, paint } from "./screens.js";
import { wireHistory, paintList, paintFilters } from "./history.js";
import { wireDetails } from "./details.js";
import { wireBatches } from "./batches.js";
import { wireDevice } from "./device.js";
import { wirePairing } from "./pairing.js";
import { wireSettings } from "./settings.js";
import { wireCustomer } from "./customer.js";
import { wireViews, tab } from "./views.js";
import { keepShell } from "./shell.js";

// repaint says everything anew, in another language.
function repaint() {
  paint();
  if (!state.current) paintPad();
  paintCart();
  paintFilters();
  paintList();
  lookAtTerminal();
}

function wire() {
  wireViews();
  wireRegister(charge);
  wireCart();
  wireScreens();
  wireHistory();
  wireDetails();
  wireBatches();
  wireDevice(tab);
  wirePairing();
  wireSettings(repaint);
  wireCustomer();
  $("cancel").addEventListener("click", cancel);
  $("next").addEventListener("click", next);
  $("ask-balance").addEventListener("click", () => { $("more").close(); balance(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) lookAtTerminal(); });
  on("view", () => $("main").scrollTo(0, 0));
}

async function begin() {
  await speak(wanted());
  wire();
  paintFilters();
  await lookAtTerminal();
  watchTerminal();
  listen();
  await resume();
  paint();
  keepShell();
}

begin();
