/** Has the browser keep the page's shell (serviceWorker.js). Does nothing where it cannot, as without TLS. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Once the page has loaded, so that the files that are kept do not delay it.
  addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  });
}
