import type { Fault } from "../api/fault";
import type { Attachment, History, Message, Versions } from "../api/schemas";
import { isLocal } from "./localMessages";
import type { Reply } from "./reply";

/** A stored reply of which another version is being written. */
export interface Replaced {
  id: string;
  /** Whether it is still shown, with all that follow it: until the first word of the other version. */
  shown: boolean;
  /** The versions with the one that is being written, which is the last of them. */
  next: Versions;
  /** Whether the other version begins with its text, because it goes on. */
  continues?: boolean;
}

/** Another version that ended without text, so that the earlier one is shown again. */
export interface LostVersion {
  /** The message that stays: a reply, or the earlier version of the question. */
  replaceFrom: string;
  /** Null if it was stopped. */
  fault: Fault | null;
  /** The edited question that has no answer and is not shown; null if another reply was lost. */
  question: { id: string; text: string; files?: readonly Attachment[] } | null;
  /** Whether the reply that stays was to go on. */
  continues?: boolean;
}

const UNKNOWN: Fault = { code: "turn_failed", detail: "The reply broke off.", retryable: true };

/** Returns the versions of a message with one more, which has the given id. */
export function oneMore({ id, versions }: Message, next: string): Versions {
  const ids = [...(versions?.ids ?? [id]), next];
  return { index: ids.length - 1, count: ids.length, ids };
}

/** Returns the versions of a message as another one of them has them, which may be new. */
export function withVersion(message: Message, id: string): Versions {
  const index = message.versions?.ids.indexOf(id) ?? -1;
  return message.versions && index >= 0 ? { ...message.versions, index } : oneMore(message, id);
}

/** Returns the messages before the one with this id; all if there is none. */
export function upTo(messages: Message[], id: string | null): Message[] {
  const cut = messages.findIndex((message) => message.id === id);
  return cut < 0 ? messages : messages.slice(0, cut);
}

/** Returns the reply with this id, to which another version is written. A last one without text need not stay. */
export function replacedBy(
  messages: readonly Message[],
  id: string | null,
  continues = false,
): Replaced | null {
  const old = messages.find((message) => message.id === id);
  if (old?.role !== "assistant") return null;
  const shown = old.content !== "" || old.steps !== undefined || old !== messages.at(-1);
  return { id: old.id, shown, next: oneMore(old, ""), ...(continues ? { continues } : {}) };
}

/** Returns the known reply to the last question of a history in which a turn is active, if the page has one. */
export function replacedIn(known: readonly Message[], { messages }: History): Replaced | null {
  const question = messages.at(-1);
  const at = known.findIndex(({ id }) => id === question?.id);
  return at < 0 || question?.role !== "user" ? null : replacedBy(known, known[at + 1]?.id ?? null);
}

/** Whether another version has a word or a call of its own. One that goes on begins as the reply that it replaces. */
export function hasBegun(
  messages: readonly Message[],
  { id, continues }: Replaced,
  reply: Reply,
): boolean {
  if (!continues) return reply.text !== "" || reply.steps.length > 0;
  const base = messages.find((message) => message.id === id);
  if (reply.steps.length > (base?.steps?.length ?? 0)) return true;
  if (reply.text === "") return false;
  return reply.phase === "done" || reply.text !== base?.content;
}

/** A reply that goes on, and how many characters of its text were there before. */
export interface GoneOn {
  turnId: string;
  before: number;
}

export function goneOnIn(
  messages: readonly Message[],
  replaced: Replaced | null,
  turnId: string,
): GoneOn | null {
  const base = replaced?.continues && messages.find(({ id }) => id === replaced.id);
  return base ? { turnId, before: base.content.length } : null;
}

type Known = { messages: Message[]; replaced: Replaced | null };

/** Tells whether a history, read after a turn, shows an earlier version instead of the turn's question or reply. */
export function lostIn(known: Known, reply: Reply, history: History): LostVersion | null {
  const { messages, active_turn } = history;
  const stored = messages.some((one) => one.role === "assistant" && one.turn_id === reply.turnId);
  if (active_turn || stored) return null;
  const fault = reply.phase === "stopped" ? null : (reply.fault ?? UNKNOWN);
  const asked = known.messages.at(-1);
  if (asked?.role === "user" && !isIn(messages, asked)) {
    if (reply.text || reply.steps.length > 0) return null;
    const lost = lostQuestion(asked, messages);
    return lost && { ...lost, fault };
  }
  const place = messages.findIndex(({ id }) => id === asked?.id);
  const id = known.replaced?.id ?? (place < 0 ? undefined : messages[place + 1]?.id);
  const kept = messages.find((message) => message.id === id);
  if (!id || !kept || (reply.text && reply.text !== kept.content)) return null;
  const continues = known.replaced?.continues || reply.text ? { continues: true } : {};
  return { replaceFrom: id, fault, question: null, ...continues };
}

/** Whether messages have this question, perhaps under the id that the server gave it. */
const isIn = (messages: readonly Message[], { id, turn_id }: Message) =>
  messages.some(
    (one) => one.id === id || (one.role === "user" && one.turn_id && one.turn_id === turn_id),
  );

function questionOf(id: string, { content: text, attachments }: Message) {
  return { id, text, ...(attachments ? { files: attachments } : {}) };
}

/** Returns the question by its server id, and its version that is shown. */
function lostQuestion(asked: Message, messages: readonly Message[]) {
  const others = asked.versions?.ids ?? [];
  const shown = messages.find(({ id, versions }) =>
    (versions?.ids ?? [id]).some((one) => others.includes(one)),
  );
  const id = isLocal(asked)
    ? shown?.versions?.ids.findLast((one) => !others.includes(one))
    : asked.id;
  return shown && id
    ? {
        replaceFrom: shown.id,
        question: questionOf(id, asked),
      }
    : null;
}
