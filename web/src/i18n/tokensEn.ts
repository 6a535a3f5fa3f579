import type { Catalogue } from "./catalogue";
import type { tokensZh } from "./tokensZh";

/** The sentences of the settings' part with API tokens. */
export const tokensEn: Pick<Catalogue, keyof typeof tokensZh> = {
  tokensText:
    "With an API token a program acts for you here, for example as the api_key of an OpenAI client.",
  noTokens: "You have no API token yet.",
  newToken: "New token",
  makeToken: "Make the token",
  tokensFull: (most) => `You have ${most} tokens, which is the limit. Revoke one to make another.`,
  tokenName: "Name",
  tokenNameHint: "Where you will use it, for example Open WebUI.",
  tokenMay: "It may",
  tokenScopes: { chat: "Chat", read: "Only read" },
  tokenScopeHints: {
    chat: "Ask, read, stop, change and delete conversations, use files.",
    read: "Read, and change nothing.",
  },
  tokenLasts: "Expires",
  tokenLifetime: (days) =>
    days === 0 ? "Never" : days === 365 ? "1 year" : days === 1 ? "1 day" : `${days} days`,
  tokenMade: (name) => `“${name}” is ready`,
  tokenOnce: "Copy the token now: it is not shown again. Anyone who has it can act for you.",
  token: "Token",
  baseUrl: "Base URL",
  inPython: "In Python",
  copyThis: (what) => `Copy: ${what}`,
  tokenMadeOn: (day) => `made ${day}`,
  tokenUsed: (day) => `Last used ${day}`,
  tokenUnused: "Never used",
  tokenNoEnd: "does not expire",
  tokenEnds: (day) => `expires ${day}`,
  tokenEnded: (day) => `expired ${day}`,
  revoke: "Revoke",
  removeToken: "Remove",
  tokenRevokeOne: (name) => `Revoke “${name}”`,
  tokenRevoke: (name) => `Revoke “${name}”? Programs that use it lose their access at once.`,
  tokenRemoveOne: (name) => `Remove “${name}”`,
  tokenRemove: (name) => `Remove “${name}” from the list? It has expired.`,
  tokenRevoked: (name) => `“${name}” is gone`,
};
