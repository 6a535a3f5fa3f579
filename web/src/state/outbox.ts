import type { Message } from "../api/types";
import { recall, remember } from "../lib/storage";

/** A message on its way: kept with its idempotency key until the server has answered for it. */
export interface KeptSend {
  key: string;
  text: string;
  /** The newest stored message when it was sent, to tell an equal older question apart. */
  after: string | null;
  /** The message that it takes the place of, where it is an edited one. */
  replaceFrom: string | null;
}

/** The first message of a new chat is kept under no session until there is one. */
type Place = string | null;

const name = (place: Place) => `outbox.${place ?? "new"}`;

/** Sends of this very page whose answer is still awaited: nobody has to take them back. */
const underWay = new Set<Place>();

export const isUnderWay = (place: Place) => underWay.has(place);

export async function whileUnderWay<T>(place: Place, task: () => Promise<T>): Promise<T> {
  underWay.add(place);
  try {
    return await task();
  } finally {
    underWay.delete(place);
  }
}

export function keepSend(place: Place, send: KeptSend): void {
  remember(name(place), JSON.stringify(send));
}

export function dropSend(place: Place): void {
  remember(name(place), null);
}

export function unanswered(place: Place): KeptSend | null {
  try {
    const kept = JSON.parse(recall(name(place)) ?? "null") as KeptSend | null;
    return typeof kept?.key === "string" && typeof kept.text === "string" ? kept : null;
  } catch {
    return null;
  }
}

/** The key under which this very text was sent without an answer; sending again must use it again. */
export function keptKey(place: Place, text: string, replaceFrom: string | null): string | null {
  const kept = unanswered(place);
  return kept?.text === text && (kept.replaceFrom ?? null) === replaceFrom ? kept.key : null;
}

/**
 * True where history shows that an unanswered send had arrived after all. With `earlier` only its newest messages are
 * known: the replaced message may be among those that are not, so the new one has to be seen.
 */
export function hasArrived(
  kept: KeptSend,
  messages: readonly Message[],
  earlier: boolean,
): boolean {
  const isIn = (some: readonly Message[]) =>
    some.some(({ role, content }) => role === "user" && content === kept.text);
  if (kept.replaceFrom) {
    if (messages.some(({ id }) => id === kept.replaceFrom)) return false;
    return !earlier || isIn(messages);
  }
  return isIn(messages.slice(messages.findIndex(({ id }) => id === kept.after) + 1));
}
