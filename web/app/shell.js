// Registers the worker that keeps the page's own files, so that an installed page
// opens and says so where the terminal is away. It keeps no answer of the terminal.
export function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  const policy = window.trustedTypes
    ? trustedTypes.createPolicy("shell", { createScriptURL: (url) => { if (url !== "/sw.js") throw new TypeError("not the worker"); return url; } })
    : { createScriptURL: (url) => url };
  // Where a browser keeps nothing, the page works all the same.
  navigator.serviceWorker.register(policy.createScriptURL("/sw.js")).catch(() => {});
}
