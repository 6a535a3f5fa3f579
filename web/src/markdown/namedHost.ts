/** Characters that browsers read as the dot of a host name. */
const DOTS = /[\u3002\uff0e\uff61\u2024]/g;
/** Characters that are not seen, or that change the order in which others are seen. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/;
const UNSEEN = /[\p{Cf}\p{Mn}]/gu;

/** Matches names with a dot that end like a host, each with what stands directly around it. */
const NAMED = /[\p{L}\p{N}][\p{L}\p{N}-]*(?:\.[\p{L}\p{N}-]+)*\.(?:\p{L}{2,}|xn--[a-z0-9-]+)/gu;
/** Endings of file names that are no top-level domains, so that “Node.js” is no host. */
const FILES =
  /\.(?:js|mjs|cjs|ts|tsx|jsx|json|html?|css|scss|ya?ml|toml|txt|pdf|csv|xml|cpp|hpp|php|sql|lock|ini|cfg|conf|log|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|webp|java|rb|go|kt|vue|env|exe|bat)$/;

const withoutPrefix = (host: string) => host.replace(/^www\./, "");

/**
 * Whether the text of a link looks like the name of another host than the one it leads to. Text that names its own
 * host and something before an `@`, or a second host, looks like another one as well.
 */
export function namesAnotherHost(text: string, host: string): boolean {
  if (!host) return false;
  if (TURNS.test(text)) return true;
  const plain = text.normalize("NFKC").replace(DOTS, ".").replace(UNSEEN, "").toLowerCase();
  const own = withoutPrefix(host.toLowerCase());
  const address = plain.trim().replace(/^(?:https?:\/\/|mailto:|tel:)/, "");
  if (isAddressOf(address, own)) return false;
  const named = [...plain.matchAll(NAMED)].map(([name]) => name);
  return named.some(
    (name) => !FILES.test(name) && (withoutPrefix(name) !== own || /@/.test(plain)),
  );
}

/** Whether a text is nothing but the host, or an address at it. */
function isAddressOf(address: string, own: string): boolean {
  const rest = withoutPrefix(address);
  return rest.startsWith(own) && /^(?:[/?#]\S*)?$/.test(rest.slice(own.length));
}
