import type { ApiToken, TokenForm } from "../api/schemas";
import { lengthOf } from "../lib/typing";

export type TokenScope = ApiToken["scopes"][number];

/** Days until a token expires; 0: never. */
export const LIFETIMES = [7, 30, 90, 365, 0] as const;
export type Lifetime = (typeof LIFETIMES)[number];

export const LONGEST_NAME = 100;
const DAY = 86_400;

export interface TokenDraft {
  name: string;
  scope: TokenScope;
  days: Lifetime;
}

/** Returns how long a token may last where the operator allows `most` days; 0 = any number, and no end. */
export const lifetimesWithin = (most: number): Lifetime[] =>
  LIFETIMES.filter((days) => most === 0 || (days > 0 && days <= most));

/** Returns an empty draft. Its expiry is a month, or the longest that is allowed. */
export function newDraft(most: number): TokenDraft {
  const allowed = lifetimesWithin(most);
  return { name: "", scope: "chat", days: allowed.includes(30) ? 30 : (allowed.at(-1) ?? 0) };
}

export function nameFault(name: string): "empty" | "long" | null {
  const text = name.trim();
  if (text === "") return "empty";
  return lengthOf(text) > LONGEST_NAME ? "long" : null;
}

/** Returns what is sent. Without an expiry the server's limit holds, if there is one. */
export const formOf = ({ name, scope, days }: TokenDraft): TokenForm => ({
  name: name.trim(),
  scopes: [scope],
  expires_in: days === 0 ? null : days * DAY,
});

export const isExpired = ({ expires_at }: ApiToken, now: number) =>
  expires_at !== null && expires_at * 1000 <= now;

/** Returns the widest scope of a token. */
export const scopeOf = ({ scopes }: ApiToken): TokenScope =>
  scopes.includes("chat") ? "chat" : "read";
