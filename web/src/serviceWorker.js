// Keeps the shell of the page, so that an installed page opens without a network, with its drafts. It never
// keeps or answers what comes from the API: conversations stay on the server.
const SHELL = __SHELL__;
const CACHE = "shell-__VERSION__";

self.addEventListener("install", (event) => {
  // Where the browser can, requests to the API do not pass through here at all.
  event.addRoutes?.({ condition: { urlPattern: { pathname: "/api/*" } }, source: "network" });
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL.map((path) => new Request(path, { cache: "reload" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((name) => name !== CACHE).map(caches.delete, caches)),
      )
      .then(() => self.clients.claim()),
  );
});

const isPage = ({ mode }, { pathname }) =>
  mode === "navigate" && (pathname === "/" || pathname.startsWith("/s/"));

const kept = (path) => caches.match(path, { cacheName: CACHE });

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (isPage(request, url))
    event.respondWith(fetch(request).catch(async () => (await kept("/")) ?? Response.error()));
  else if (url.pathname.startsWith("/assets/") && SHELL.includes(url.pathname))
    event.respondWith(kept(url.pathname).then((found) => found ?? fetch(request)));
  else if (SHELL.includes(url.pathname))
    event.respondWith(
      fetch(request).catch(async () => (await kept(url.pathname)) ?? Response.error()),
    );
});
