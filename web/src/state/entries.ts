import type { Fault } from "../api/fault";
import type { FinishReason, Message } from "../api/schemas";
import { type Conversation, isLocal, type Outcome } from "./conversation";
import { isOver, type Phase, type Reply, type Retry } from "./reply";

export interface QuestionEntry {
  kind: "question";
  key: string;
  id: string | null;
  text: string;
  sending: boolean;
  /** Whether the next message is a question too. A missing reply to the last question is a separate entry. */
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
  refusal: Fault | null;
  /** The persona that answered, if known. */
  persona: string | null;
  latest: boolean;
  /** Time of the last event, and of the first thinking event, in milliseconds since the epoch. */
  lastEventAt: number;
  thinkingSince: number | null;
  thinkingSeconds: number | null;
  /** The stored message. */
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
  refusal: null,
  persona: null,
  latest: true,
  lastEventAt: 0,
  thinkingSince: null,
  thinkingSeconds: null,
  message: null,
};

/** Returns what the page shows, top to bottom: stored messages, then the active or missing reply. */
export function entriesOf(conversation: Conversation): Entry[] {
  const stored = storedEntries(storedPart(conversation));
  const tail = tailOf(conversation);
  return tail ? [...stored, tail] : stored;
}

/** The input of stored entries, which a delta does not change. */
export interface StoredPart {
  messages: Message[];
  outcomes: Record<string, Outcome>;
  sending: boolean;
  /** Whether a reply is active, so that no stored one is the latest. */
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

/** Returns the turn's error, otherwise the code stored with the reply. */
function faultOf({ error }: Message, outcome: Outcome | undefined): Fault {
  if (outcome?.state === "failed") return outcome.fault;
  return error ? { ...CUT, code: error } : CUT;
}

/** Whether a send or a reply is active, so that nothing else can be sent. */
export function isBusy({ before, reply }: Conversation): boolean {
  return before !== null || (reply !== null && !isOver(reply.phase));
}

/** Compares entries by value, because they are new objects and equal ones must not render again. */
export function isSame<T extends Entry>(one: T, other: T): boolean {
  return (Object.keys(one) as (keyof T)[]).every((field) => one[field] === other[field]);
}
