import type { Attachment, Message, StoredFile, WaitingQuestion } from "../api/schemas";
import { recall, remember } from "../lib/storage";

/** A message in flight, stored with its idempotency key until the server has answered. */
export interface KeptSend {
  key: string;
  text: string;
  files?: readonly StoredFile[];
  /** The newest stored message when it was sent, to distinguish it from an equal older question. */
  after: string | null;
  /** The message that it replaces, if it was edited. */
  replaceFrom: string | null;
  /** The turns that ran or waited when it was sent: an equal question of theirs is another one. */
  before?: readonly string[];
}

/** A session id; null for the first message of a new chat, until its session exists. */
type Place = string | null;

const name = (place: Place) => `outbox.${place ?? "new"}`;

/** Sends of this page that still wait for an answer, and need no recovery. */
const inFlight = new Set<Place>();

export const isInFlight = (place: Place) => inFlight.has(place);

export async function whileInFlight<T>(place: Place, task: () => Promise<T>): Promise<T> {
  inFlight.add(place);
  try {
    return await task();
  } finally {
    inFlight.delete(place);
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

/** Whether two questions have the same files, in the same order. */
const hasSame = (one: readonly Attachment[] = [], other: readonly Attachment[] = []) =>
  one.map(({ id }) => id).join() === other.map(({ id }) => id).join();

/** Returns the key of an unanswered send of the same question, which a repetition must reuse. */
export function keptKey(
  place: Place,
  { text, files, replaceFrom }: Pick<KeptSend, "text" | "files" | "replaceFrom">,
): string | null {
  const kept = unanswered(place);
  if (!kept || kept.text !== text || !hasSame(kept.files, files)) return null;
  return (kept.replaceFrom ?? null) === replaceFrom ? kept.key : null;
}

/**
 * Whether the history shows that an unanswered send arrived, also where it waits. With `earlier` only the newest messages are loaded:
 * the replaced message may be among the others, so the new one must be found.
 */
export function hasArrived(
  kept: KeptSend,
  messages: readonly Message[],
  earlier: boolean,
  waiting: readonly WaitingQuestion[] = [],
): boolean {
  const isOther = (turnId = "") => kept.before?.includes(turnId) ?? false;
  const isIn = (some: readonly Message[]) =>
    some.some(
      ({ role, content, attachments, turn_id }) =>
        role === "user" &&
        content === kept.text &&
        hasSame(attachments, kept.files) &&
        !isOther(turn_id),
    );
  if (kept.replaceFrom) {
    if (messages.some(({ id }) => id === kept.replaceFrom)) return false;
    return !earlier || isIn(messages);
  }
  const waits = waiting.some(
    ({ turn_id, message, attachments }) =>
      message === kept.text && hasSame(attachments, kept.files) && !isOther(turn_id),
  );
  if (waits) return true;
  return isIn(messages.slice(messages.findIndex(({ id }) => id === kept.after) + 1));
}
