// What the page knows, and who wants to be told when it changes.
export const state = {
  terminal: null,       // what /v1/terminal last said
  current: null,        // the payment on the screen
  sending: false,       // a charge whose answer is awaited
  payments: new Map(),  // id → payment, for the list
};

const listeners = new Map();

export function on(what, tell) {
  listeners.set(what, [...(listeners.get(what) || []), tell]);
}

export function emit(what, value) {
  for (const tell of listeners.get(what) || []) tell(value);
}

// kept is what outlives a reload in this tab. Nothing about a card is in it.
export const kept = {
  load(name) { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } },
  save(name, value) { sessionStorage.setItem(name, JSON.stringify(value)); },
  drop(name) { sessionStorage.removeItem(name); },
};

// choice is a setting of this browser.
export const choice = {
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* for this visit only */ } },
};
