// Keeps the shell: the page's own files and nothing else. Answers of the terminal are
// never kept and never touched: a payment's state is asked for or not known. The
// network comes first, so that a new version is there at once.
"use strict";

const name = "shell-1";
const shell = [
  "/", "/display.html", "/manifest.webmanifest", "/icon.svg", "/art.svg", "/icon-192.png",
  "/tokens.css", "/controls.css", "/layout.css", "/pad.css", "/payment.css", "/panels.css", "/dialogs.css", "/print.css", "/display.css",
  "/theme.js", "/main.js", "/dom.js", "/state.js", "/words.js", "/ask.js", "/bill.js", "/question.js", "/payment.js", "/register.js", "/cart.js",
  "/sale.js", "/screens.js", "/live.js", "/views.js", "/history.js", "/details.js", "/batches.js", "/device.js", "/pairing.js",
  "/settings.js", "/shell.js", "/customer.js", "/display.js",
  "/en.json", "/de.json", "/fr.json", "/es.json",
];

self.addEventListener("install", (e) => {
  e.waitUntil(caches.open(name).then((c) => c.addAll(shell)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (e) => {
  e.waitUntil(caches.keys().then((all) => Promise.all(all.filter((n) => n !== name).map((n) => caches.delete(n)))));
});

self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== self.location.origin || url.search || !shell.includes(url.pathname)) return;
  e.respondWith(fetch(e.request).catch(async () => (await caches.match(url.pathname)) || Response.error()));
});
