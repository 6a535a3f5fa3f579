import type { History, HistoryPart, Message } from "../api/schemas";

/** The loaded part of a history: its newest messages, or those around a message that was found. */
export interface Loaded {
  messages: Message[];
  /** Whether there are earlier messages. */
  earlier: boolean;
  /** Whether there are later messages: then what is loaded does not reach the newest. */
  later: boolean;
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
 * Returns where the first of these messages belongs among the known ones: negative if it is before them, null if the two
 * have nothing in common. They are of one branch, so all before a message that both have are the same, too.
 */
export function placeOf(known: readonly Message[], fresh: readonly Message[]): number | null {
  const places = new Map(known.map(({ id }, place) => [id, place]));
  for (const [index, { id, parent_id, versions }] of fresh.entries()) {
    const same = [id, ...(versions?.ids ?? [])].find((one) => places.has(one));
    const place = places.get(same ?? "") ?? (places.get(parent_id ?? "") ?? Number.NaN) + 1;
    if (!Number.isNaN(place)) return place - index;
  }
  return null;
}

/**
 * Replaces the messages from the first one of the newest page on. Keeps earlier ones that the server still has: another
 * branch has the same messages before the first version that differs, and the oldest ones may have been dropped.
 */
export function withNewest(known: Loaded, page: History): Loaded {
  const messages = sameWhereEqual(known.messages, page.messages);
  const place = placeOf(known.messages, messages);
  if (place === null) return { messages, earlier: page.has_more, later: false, base: 0 };
  if (place <= 0)
    return { messages, earlier: page.has_more, later: false, base: known.base + place };
  const before = Math.max(0, page.total - messages.length);
  const start = Math.max(0, place - before);
  return {
    messages: [...known.messages.slice(start, place), ...messages],
    earlier: before > place - start,
    later: false,
    base: known.base + start,
  };
}

/** Adds the page before the message `before`, unless that is not the first one any more. */
export function withEarlier(known: Loaded, before: string, page: History): Loaded {
  if (known.messages[0]?.id !== before) return known;
  return {
    messages: [...page.messages, ...known.messages],
    earlier: page.has_more,
    later: known.later,
    base: known.base - page.messages.length,
  };
}

/** Replaces what is loaded by the page around a message. */
export function withAround(known: Loaded, page: HistoryPart): Loaded {
  const messages = sameWhereEqual(known.messages, page.messages);
  return { messages, earlier: page.has_more, later: page.has_later, base: 0 };
}

/** Adds the page after the message `after`, unless that is not the last one any more. */
export function withLater(known: Loaded, after: string, page: HistoryPart): Loaded {
  if (!known.later || known.messages.at(-1)?.id !== after) return known;
  return { ...known, messages: [...known.messages, ...page.messages], later: page.has_later };
}
