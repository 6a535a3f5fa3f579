import type { Fault } from "../api/fault";
import type { History, Message, Versions } from "../api/schemas";
import type { Reply } from "./reply";

/** A stored reply of which another version is being written. */
export interface Replaced {
  id: string;
  /** Whether it is still shown, with all that follow it: until the first word of the other version. */
  shown: boolean;
  /** The versions with the one that is being written, which is the last of them. */
  next: Versions;
}

/** Another version that ended without text, so that the earlier one is shown again. */
export interface LostVersion {
  /** The reply that stays. */
  replaceFrom: string;
  /** Null if it was stopped. */
  fault: Fault | null;
}

const UNKNOWN: Fault = { code: "turn_failed", detail: "The reply broke off.", retryable: true };

/** Returns the versions of a message with one more, which has the given id. */
export function oneMore({ id, versions }: Message, next: string): Versions {
  const ids = [...(versions?.ids ?? [id]), next];
  return { index: ids.length - 1, count: ids.length, ids };
}

/** Returns the messages before the one with this id; all if there is none. */
export function upTo(messages: Message[], id: string | null): Message[] {
  const cut = messages.findIndex((message) => message.id === id);
  return cut < 0 ? messages : messages.slice(0, cut);
}

/** Returns the reply with this id, to which another version is written. A last one without text need not stay. */
export function replacedBy(messages: readonly Message[], id: string | null): Replaced | null {
  const old = messages.find((message) => message.id === id);
  if (old?.role !== "assistant") return null;
  const shown = old.content !== "" || old !== messages.at(-1);
  return { id: old.id, shown, next: oneMore(old, "") };
}

/** Returns the known reply to the last question of a history in which a turn is active, if the page has one. */
export function replacedIn(known: readonly Message[], { messages }: History): Replaced | null {
  const question = messages.at(-1);
  const at = known.findIndex(({ id }) => id === question?.id);
  return at < 0 || question?.role !== "user" ? null : replacedBy(known, known[at + 1]?.id ?? null);
}

/** Tells whether a history, read after a turn, shows an earlier version instead of the turn's reply. */
export function lostIn(
  { messages: known, replaced }: { messages: Message[]; replaced: Replaced | null },
  reply: Reply,
  { messages, active_turn }: History,
): LostVersion | null {
  const stored = messages.some((one) => one.role === "assistant" && one.turn_id === reply.turnId);
  if (reply.text || active_turn || stored) return null;
  const question = messages.findIndex(({ id }) => id === known.at(-1)?.id);
  const id = replaced?.id ?? (question < 0 ? undefined : messages[question + 1]?.id);
  if (!id || !messages.some((message) => message.id === id)) return null;
  return { replaceFrom: id, fault: reply.phase === "stopped" ? null : (reply.fault ?? UNKNOWN) };
}
