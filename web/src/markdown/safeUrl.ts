const LINKS = new Set(["http:", "https:", "mailto:", "tel:"]);
const PICTURES = new Set(["http:", "https:"]);

/**
 * Filters addresses in a model's text: allows absolute ones of harmless schemes, and footnotes on the page.
 * Rejects relative ones, because they would point into this application.
 */
export function safeUrl(url: string, attribute: string): string | null {
  if (url.startsWith("#")) return url;
  try {
    const { protocol } = new URL(url);
    return (attribute === "src" ? PICTURES : LINKS).has(protocol) ? url : null;
  } catch {
    return null;
  }
}

/** Where an absolute address leads, as the browser reads it: `https://bank.example@evil.example` is evil's. */
export function hostOf(url: string): string {
  const { host, pathname, protocol } = new URL(url);
  return protocol === "mailto:" || protocol === "tel:" ? pathname : host;
}
