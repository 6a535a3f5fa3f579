import type { Fault } from "../api/fault";
import type { Attachment, FinishReason, FunctionCall, Message, Versions } from "../api/schemas";
import { NO_STEPS, type Step, stepsOf } from "./calls";
import { type Conversation, isLocal, NO_REPLY, type Outcome } from "./conversation";
import { isOver, type Phase, type Reply, type Retry, type TurnWorker } from "./reply";

export interface QuestionEntry {
  kind: "question";
  key: string;
  id: string | null;
  text: string;
  files: readonly Attachment[];
  /** When it was asked, in seconds since the epoch; null if that is not known. */
  at: number | null;
  sending: boolean;
  /** Set if there are others. */
  versions: Versions | null;
  /** Whether the next message is a question too. A missing reply to the last question is a separate entry. */
  unanswered: boolean;
}

export interface ReplyEntry {
  kind: "reply";
  key: string;
  id: string | null;
  /** The turn while it runs here; otherwise null. */
  turnId: string | null;
  text: string;
  /** The text of an attempt that was lost, shown until the new one has as much. */
  previous: string;
  thinking: string;
  calls: readonly FunctionCall[];
  steps: readonly Step[];
  phase: Phase;
  finishReason: FinishReason | null;
  fault: Fault | null;
  position: number;
  worker: TurnWorker | null;
  retry: Retry | null;
  /** The id of the model that was asked, if known. */
  asked: string | null;
  /** The id of the model that stepped in for it, if any. */
  standIn: string | null;
  restarts: number;
  resuming: boolean;
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
  /** Set if there are others. */
  versions: Versions | null;
  /** Whether another version is being written, which takes its place at the first word. */
  replaced: boolean;
}

export type Entry = QuestionEntry | ReplyEntry;

const CUT: Fault = { code: "reply_cut", detail: "The reply broke off.", retryable: true };

const NO_CALLS: readonly FunctionCall[] = [];

const idle = {
  turnId: null,
  previous: "",
  thinking: "",
  calls: NO_CALLS,
  steps: NO_STEPS,
  finishReason: null,
  fault: null,
  position: 0,
  worker: null,
  retry: null,
  asked: null,
  standIn: null,
  restarts: 0,
  resuming: false,
  connected: true,
  refusal: null,
  persona: null,
  latest: true,
  lastEventAt: 0,
  thinkingSince: null,
  thinkingSeconds: null,
  message: null,
  versions: null,
  replaced: false,
};

const pending: ReplyEntry = {
  ...idle,
  kind: "reply",
  key: "r:pending",
  id: null,
  text: "",
  phase: "thinking",
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
  edit: Conversation["edit"];
  /** The id of the replaced reply that is still shown. */
  replaced: string | null;
  /** Whether a reply is active at the end, so that no stored one is the latest. */
  live: boolean;
}

/** The id of the reply that stays until the first word of another version. */
export const shownReplaced = ({ replaced }: Conversation) => (replaced?.shown ? replaced.id : null);

export const storedPart = (conversation: Conversation): StoredPart => ({
  messages: conversation.messages,
  outcomes: conversation.outcomes,
  sending: conversation.before !== null,
  edit: conversation.edit,
  replaced: shownReplaced(conversation),
  live: isLive(conversation),
});

/** Whether something newer than the last stored message follows it: a reply, or messages that are not loaded. */
export const isLive = (state: Conversation) =>
  isPartly(state) || (state.reply !== null && !state.replaced?.shown);

/** Whether the page shows messages around one that was found, not the newest of the branch that the session shows. */
export const isPartly = ({ later, otherBranch }: Conversation) => later || otherBranch !== null;

export function storedEntries(part: StoredPart): Entry[] {
  const { messages } = part;
  return messages.map((message, index) =>
    message.role === "user"
      ? questionOf(message, messages[index + 1], part)
      : storedReply(message, index === messages.length - 1 && !part.live, part),
  );
}

function questionOf(
  message: Message,
  next: Message | undefined,
  { sending, edit }: StoredPart,
): QuestionEntry {
  const edited = edit?.id === message.id;
  const local = isLocal(message);
  return {
    kind: "question",
    key: `q:${message.id}`,
    id: local || edited ? null : message.id,
    text: edited ? edit.text : message.content,
    files: (edited ? edit.files : message.attachments) ?? NO_FILES,
    at: (edited ? edit.timestamp : message.timestamp) || null,
    sending: edited || (local && sending),
    versions: several(message.versions),
    unanswered: next?.role === "user",
  };
}

const NO_FILES: readonly Attachment[] = [];

const several = (versions: Versions | undefined) =>
  versions && versions.count > 1 ? versions : null;

export function tailOf(conversation: Conversation): ReplyEntry | null {
  if (isPartly(conversation)) return null;
  const { messages, reply, before, edit, replaced, outcomes } = conversation;
  if (reply && !replaced?.shown) {
    const alreadyStored = reply.messageId && messages.some(({ id }) => id === reply.messageId);
    return alreadyStored ? null : liveReply(conversation, reply, replaced?.next);
  }
  if (before && !edit && !replaced?.shown) return pending;
  const last = messages.at(-1);
  if (last?.role !== "user") return null;
  return missingReply(last, outcomes[last.turn_id ?? ""]);
}

/** The reply that is awaited, wherever it is shown. */
export function activeReply(conversation: Conversation): ReplyEntry | null {
  const { reply, before, edit, replaced } = conversation;
  if (!replaced?.shown) return reply || (before && !edit) ? tailOf(conversation) : null;
  return reply ? liveReply(conversation, reply, replaced.next) : pending;
}

function liveReply(
  { model: asked }: Conversation,
  reply: Reply,
  versions: Versions | undefined,
): ReplyEntry {
  const { messageId, turnId, seq: _, usage: __, ...rest } = reply;
  const own = { key: `r:${turnId}`, id: messageId, turnId, versions: several(versions) };
  return { ...idle, ...rest, asked, kind: "reply", ...own };
}

function missingReply(question: Message, outcome: Outcome | undefined): ReplyEntry {
  return {
    ...idle,
    kind: "reply",
    key: `r:${question.turn_id ?? question.id}`,
    id: null,
    text: "",
    phase: outcome?.state ?? "failed",
    fault: outcome?.state === "stopped" ? null : (outcome?.fault ?? NO_REPLY),
  };
}

function storedReply(
  message: Message,
  latest: boolean,
  { outcomes, replaced }: StoredPart,
): ReplyEntry {
  const reason = message.finish_reason ?? "stop";
  return {
    ...idle,
    kind: "reply",
    key: `r:${message.turn_id ?? message.id}`,
    id: isLocal(message) ? null : message.id,
    text: message.content,
    thinking: message.thinking ?? "",
    calls: message.tool_calls ?? NO_CALLS,
    steps: stepsIn(message),
    thinkingSeconds: message.thinking_seconds ?? null,
    phase: reason === "error" ? "failed" : reason === "cancelled" ? "stopped" : "done",
    finishReason: reason,
    persona: message.persona ?? null,
    ...answering(message),
    fault: reason === "error" ? faultOf(message, outcomes[message.turn_id ?? ""]) : null,
    latest,
    message: message.timestamp > 0 ? message : null,
    versions: several(message.versions),
    replaced: message.id === replaced,
  };
}

const known = new WeakMap<object, readonly Step[]>();

/** Returns the steps of a message, each time the same ones, so that a long history is not rendered again. */
function stepsIn({ steps }: Message): readonly Step[] {
  if (!steps) return NO_STEPS;
  const made = known.get(steps) ?? stepsOf(steps);
  known.set(steps, made);
  return made;
}

/** Returns the model that was asked, and the one that stepped in for it. */
function answering({ model, asked_model }: Message) {
  const asked = asked_model ?? null;
  return { asked, standIn: asked && model && model !== asked ? model : null };
}

/** Returns the turn's error, otherwise the code stored with the reply. */
function faultOf({ error }: Message, outcome: Outcome | undefined): Fault {
  if (outcome?.state === "failed") return outcome.fault;
  return error ? { ...CUT, code: error } : CUT;
}

/** Whether a send or a reply is active, so that nothing else can be asked at once. */
export const isBusy = (state: Conversation) => state.before !== null || isReplying(state);

/** Whether a reply runs, or the next question is about to be asked, so that further ones wait. */
export function isReplying({ before, reply, waiting }: Conversation): boolean {
  if (before !== null || reply === null) return false;
  const goesOn = reply.phase === "done" && waiting.questions.length > 0 && !waiting.paused;
  return goesOn || !isOver(reply.phase);
}

/** Returns how the last turn ended, if that is why the waiting questions pause; null if it is not known. */
export function pauseCause(conversation: Conversation): "failed" | "stopped" | null {
  const { lost, messages } = conversation;
  if (lost) return lost.fault ? "failed" : "stopped";
  const last = entriesOf({ ...conversation, messages: messages.slice(-1) }).at(-1);
  if (last?.kind !== "reply" || last.fault?.code === NO_REPLY.code) return null;
  return last.phase === "failed" || last.phase === "stopped" ? last.phase : null;
}

/** Compares entries by value, because they are new objects and equal ones must not render again. */
export function isSame<T extends Entry>(one: T, other: T): boolean {
  return (Object.keys(one) as (keyof T)[]).every((field) => one[field] === other[field]);
}

/** Whether the page of the conversation is empty: nothing was asked in it, and nothing is being loaded. */
export const isFresh = ({ load, messages, before, reply }: Conversation) =>
  (load === "fresh" || load === "ready") && messages.length === 0 && !before && !reply;
