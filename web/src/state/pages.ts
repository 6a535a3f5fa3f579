import type { History, Message } from "../api/schemas";

/** The loaded part of a history: its newest messages. */
export interface Loaded {
  messages: Message[];
  /** Whether there are earlier messages. */
  earlier: boolean;
  /** The position of the first message. Positions do not change when earlier messages are loaded. */
  base: number;
}

/** Reuses the objects of unchanged messages, so that a long history is not rendered again. */
export function sameWhereEqual(known: Message[], fresh: Message[]): Message[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  return fresh.map((message) => {
    const old = byId.get(message.id);
    return old && JSON.stringify(old) === JSON.stringify(message) ? old : message;
  });
}

/**
 * Replaces the messages from the first one of the newest page on. Keeps earlier ones that the server still has:
 * a history only changes at its end, or loses its oldest messages.
 */
export function withNewest(known: Loaded, page: History): Loaded {
  const fresh = sameWhereEqual(known.messages, page.messages);
  const first = known.messages.findIndex(({ id }) => id === fresh[0]?.id);
  const before = Math.max(0, page.total - fresh.length);
  const start = Math.max(0, first - before);
  const kept = first < 0 ? [] : known.messages.slice(start, first);
  return {
    messages: [...kept, ...fresh],
    earlier: first < 0 ? page.has_more : before > kept.length,
    base: first < 0 ? 0 : known.base + start,
  };
}

/** Adds the page before the message `before`, unless that is not the first one any more. */
export function withEarlier(known: Loaded, before: string, page: History): Loaded {
  if (known.messages[0]?.id !== before) return known;
  return {
    messages: [...page.messages, ...known.messages],
    earlier: page.has_more,
    base: known.base - page.messages.length,
  };
}
