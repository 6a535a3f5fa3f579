import type { Fault, FinishReason, Message } from "../api/types";
import { type Conversation, isLocal, type Outcome } from "./conversation";
import { isOver, type Phase, type Reply, type Retry } from "./reply";

export interface QuestionEntry {
  kind: "question";
  key: string;
  id: string | null;
  text: string;
  sending: boolean;
  /** The next message is a question too; where this is the last one, the missing reply has its own entry. */
  unanswered: boolean;
}

export interface ReplyEntry {
  kind: "reply";
  key: string;
  id: string | null;
  text: string;
  thinking: string;
  phase: Phase;
  finishReason: FinishReason | null;
  fault: Fault | null;
  position: number;
  retry: Retry | null;
  restarts: number;
  connected: boolean;
  trouble: Fault | null;
  /** Who answered, where it is known. */
  persona: string | null;
  latest: boolean;
  /** When the last event came, and when the first thought did, in milliseconds since the epoch. */
  heardAt: number;
  thinkingSince: number | null;
  thinkingSeconds: number | null;
  /** As it is stored. */
  message: Message | null;
}

export type Entry = QuestionEntry | ReplyEntry;

const UNKNOWN: Fault = { code: "no_reply", detail: "No reply was stored.", retryable: true };
const CUT: Fault = { code: "reply_cut", detail: "The reply broke off.", retryable: true };

const idle = {
  thinking: "",
  finishReason: null,
  fault: null,
  position: 0,
  retry: null,
  restarts: 0,
  connected: true,
  trouble: null,
  persona: null,
  latest: true,
  heardAt: 0,
  thinkingSince: null,
  thinkingSeconds: null,
  message: null,
};

/** What the page shows, top to bottom: stored messages, then the reply that is under way or missing. */
export function entriesOf(conversation: Conversation): Entry[] {
  const stored = storedEntries(storedPart(conversation));
  const tail = tailOf(conversation);
  return tail ? [...stored, tail] : stored;
}

/** What stored entries are made of: a word that arrives changes none of it. */
export interface StoredPart {
  messages: Message[];
  outcomes: Record<string, Outcome>;
  sending: boolean;
  /** A reply is under way, so no stored one is the latest. */
  live: boolean;
}

export const storedPart = ({ messages, outcomes, before, reply }: Conversation): StoredPart => ({
  messages,
  outcomes,
  sending: before !== null,
  live: reply !== null,
});

export function storedEntries({ messages, outcomes, sending, live }: StoredPart): Entry[] {
  return messages.map((message, index) =>
    message.role === "user"
      ? questionOf(message, messages[index + 1], sending)
      : storedReply(message, outcomes, index === messages.length - 1 && !live),
  );
}

function questionOf(message: Message, next: Message | undefined, sending: boolean): QuestionEntry {
  const local = isLocal(message);
  return {
    kind: "question",
    key: `q:${message.id}`,
    id: local ? null : message.id,
    text: message.content,
    sending: local && sending,
    unanswered: next?.role === "user",
  };
}

export function tailOf(conversation: Conversation): ReplyEntry | null {
  const { messages, reply, before, outcomes } = conversation;
  if (reply) {
    const alreadyStored = reply.messageId && messages.some(({ id }) => id === reply.messageId);
    return alreadyStored ? null : liveReply(reply);
  }
  const last = messages.at(-1);
  if (before)
    return { ...idle, kind: "reply", key: "r:pending", id: null, text: "", phase: "thinking" };
  if (last?.role !== "user") return null;
  return { ...missingReply(last, outcomes[last.turn_id ?? ""]) };
}

function liveReply(reply: Reply): ReplyEntry {
  const { messageId, turnId, seq: _, usage: __, ...rest } = reply;
  return { ...idle, ...rest, kind: "reply", key: `r:${turnId}`, id: messageId };
}

function missingReply(question: Message, outcome: Outcome | undefined): ReplyEntry {
  return {
    ...idle,
    kind: "reply",
    key: `r:${question.turn_id ?? question.id}`,
    id: null,
    text: "",
    phase: outcome?.state ?? "failed",
    fault: outcome?.state === "stopped" ? null : (outcome?.fault ?? UNKNOWN),
  };
}

function storedReply(
  message: Message,
  outcomes: Record<string, Outcome>,
  latest: boolean,
): ReplyEntry {
  const reason = message.finish_reason ?? "stop";
  return {
    ...idle,
    kind: "reply",
    key: `r:${message.turn_id ?? message.id}`,
    id: message.id,
    text: message.content,
    thinking: message.thinking ?? "",
    thinkingSeconds: message.thinking_seconds ?? null,
    phase: reason === "error" ? "failed" : reason === "cancelled" ? "stopped" : "done",
    finishReason: reason,
    persona: message.persona ?? null,
    fault: reason === "error" ? faultOf(message, outcomes[message.turn_id ?? ""]) : null,
    latest,
    message: message.timestamp > 0 ? message : null,
  };
}

/** What the turn told, else the code that was stored with the reply. */
function faultOf({ error }: Message, outcome: Outcome | undefined): Fault {
  if (outcome?.state === "failed") return outcome.fault;
  return error ? { ...CUT, code: error } : CUT;
}

/** True while a send or a reply is under way, so that nothing else may be sent. */
export function isBusy({ before, reply }: Conversation): boolean {
  return before !== null || (reply !== null && !isOver(reply.phase));
}

/** Entries are made anew, so an equal one must not render a long history again. */
export function isSame<T extends Entry>(one: T, other: T): boolean {
  return (Object.keys(one) as (keyof T)[]).every((field) => one[field] === other[field]);
}
