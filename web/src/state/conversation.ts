import type { Fault } from "../api/fault";
import type {
  Attachment,
  Feedback,
  History,
  HistoryPart,
  Message,
  SessionSettings,
} from "../api/schemas";
import { isLocal, messageOf, PENDING, questionOf } from "./localMessages";
import type { Marks } from "./marks";
import type { SequencedEvent } from "./pace";
import type { Loaded } from "./pages";
import {
  type GoneOn,
  goneOnIn,
  hasBegun,
  type LostVersion,
  type Replaced,
  replacedBy,
  upTo,
  withVersion,
} from "./replaced";
import { advance, newReply, type Place, type Reply, withPlace } from "./reply";
import type { SendKind } from "./sendQuestion";
import { NOTHING_SET } from "./sessionSettings";
import { NO_WAITING, reduceWaiting, type Waiting, type WaitingAction } from "./waiting";
import {
  withBranch,
  withEarlierPage,
  withFound,
  withHistory,
  withLaterPage,
  withNews,
} from "./withHistory";
import { withVote } from "./withVote";

export { isLocal };

/** The end of a turn without a complete reply in the history. */
export type Outcome = { state: "stopped" } | { state: "failed"; fault: Fault };

/**
 * What the server refused: a send, another version, a deletion, the newest messages, a question that would have waited,
 * the new text or the removal of a waiting one that is asked meanwhile, another change of the waiting ones, or files.
 */
export type RefusedKind =
  | SendKind
  | "version"
  | "removal"
  | "reading"
  | "queued"
  | "reworded"
  | "asked"
  | "waiting"
  | "attached";

const KEEPS_ALL: readonly RefusedKind[] = [
  "reading",
  "queued",
  "reworded",
  "asked",
  "waiting",
  "attached",
];

interface Edit {
  id: string;
  text: string;
  files: readonly Attachment[];
  timestamp: number;
  version: string | null;
}

export interface Conversation extends Loaded {
  sessionId: string | null;
  load: "fresh" | "loading" | "ready" | "failed";
  loadFault: Fault | null;
  /** Whether the messages are those that this tab has kept, until the server's are read: newer ones may follow. */
  known: boolean;
  role: string | null;
  marks: Marks;
  /** The id of the model that was asked last. */
  model: string | null;
  settings: SessionSettings;
  loadingEarlier: "idle" | "loading" | "failed";
  loadingLater: "idle" | "loading" | "failed";
  /** A found message whose branch is read, although the session shows another one. */
  otherBranch: string | null;
  /** Older messages are no longer kept. */
  trimmed: boolean;
  /** The messages before a send that the server has not accepted yet. */
  before: Message[] | null;
  /** Whether there were later messages before that send. */
  laterBefore: boolean;
  /**
   * The edited question of a send that the server has not accepted yet. `version`: the stored version that is answered
   * again; null for a new one.
   */
  edit: Edit | null;
  fault: Fault | null;
  /** What was refused, if `fault` is set. */
  refused: RefusedKind;
  reply: Reply | null;
  /** The stored reply of which `reply`, or a send in flight, makes another version. */
  replaced: Replaced | null;
  lost: LostVersion | null;
  /** The reply that went on here last. */
  goneOn: GoneOn | null;
  /** The turn whose reply ran here last; its end is announced. */
  watched: string | null;
  /** The turn that began when the one before it ended; so its begin must not interrupt the announced reply. */
  next: string | null;
  outcomes: Record<string, Outcome>;
  waiting: Waiting;
}

export type Action =
  | { type: "opened"; sessionId: string | null }
  | { type: "created"; sessionId: string }
  | { type: "history"; history: History; known?: boolean }
  | { type: "branch"; history: History; removed: boolean }
  | { type: "voted"; messageId: string; feedback: Feedback | null }
  | { type: "loadFailed"; fault: Fault }
  | { type: "earlierAsked" }
  | { type: "earlier"; before: string; history: History }
  | { type: "earlierFailed"; sessionId: string }
  | { type: "around"; part: HistoryPart; otherBranch: string | null }
  | { type: "news"; history: History }
  | { type: "laterAsked" }
  | { type: "later"; after: string; part: HistoryPart }
  | { type: "laterFailed"; sessionId: string }
  | {
      type: "sending";
      text: string | null;
      files?: readonly Attachment[];
      replaceFrom: string | null;
      version?: string | undefined;
      /** Whether the reply `replaceFrom` goes on. */
      continues?: boolean | undefined;
      now: number;
    }
  | { type: "waits"; turnId: string; text: string; files?: readonly Attachment[]; now: number }
  | { type: "refused"; fault: Fault; kind: RefusedKind }
  | { type: "accepted"; turnId: string; model?: string | undefined }
  | { type: "events"; turnId: string; events: readonly SequencedEvent[]; now: number }
  | { type: "connection"; turnId: string; open: boolean; refusal: Fault | null }
  | ({ type: "queue"; turnId: string } & Place)
  | { type: "outcome"; turnId: string; outcome: Outcome }
  | { type: "faultSeen" }
  | WaitingAction;

/** Why there is no reply, if nothing is known. */
export const NO_REPLY: Fault = {
  code: "no_reply",
  detail: "No reply was stored.",
  retryable: true,
};

const UNMARKED: Marks = { pinned: false, archived: false, tags: [] };

export function emptyConversation(sessionId: string | null): Conversation {
  return {
    sessionId,
    load: sessionId ? "loading" : "fresh",
    loadFault: null,
    known: false,
    role: null,
    model: null,
    settings: NOTHING_SET,
    marks: UNMARKED,
    messages: [],
    earlier: false,
    base: 0,
    loadingEarlier: "idle",
    later: false,
    loadingLater: "idle",
    otherBranch: null,
    trimmed: false,
    before: null,
    laterBefore: false,
    edit: null,
    fault: null,
    refused: "new",
    reply: null,
    replaced: null,
    lost: null,
    goneOn: null,
    watched: null,
    next: null,
    outcomes: {},
    waiting: NO_WAITING,
  };
}

export function reduceConversation(state: Conversation, action: Action): Conversation {
  switch (action.type) {
    case "opened":
      return emptyConversation(action.sessionId);
    case "created":
      return { ...state, sessionId: action.sessionId, load: "ready" };
    case "history":
      return { ...withHistory(state, action.history), known: action.known ?? false };
    case "branch":
      return withBranch(state, action.history, action.removed);
    case "voted":
      return withVote(state, action.messageId, action.feedback);
    case "loadFailed":
      return { ...state, load: "failed", loadFault: action.fault };
    case "earlierAsked":
      return { ...state, loadingEarlier: "loading" };
    case "earlier":
      return withEarlierPage(state, action.before, action.history);
    case "earlierFailed":
      return action.sessionId === state.sessionId ? { ...state, loadingEarlier: "failed" } : state;
    case "around":
      return withFound(state, action.part, action.otherBranch);
    case "news":
      return withNews(state, action.history);
    case "laterAsked":
      return { ...state, loadingLater: "loading" };
    case "later":
      return withLaterPage(state, action.after, action.part);
    case "laterFailed":
      return action.sessionId === state.sessionId ? { ...state, loadingLater: "failed" } : state;
    case "sending":
      return withQuestion(state, action);
    case "waits":
      return withWaitingQuestion(state, action);
    case "refused":
      return {
        ...(KEEPS_ALL.includes(action.kind) ? state : unsent(state)),
        fault: action.fault,
        refused: action.kind,
      };
    case "accepted":
      return withTurn(state, action);
    case "outcome":
      return { ...state, outcomes: { ...state.outcomes, [action.turnId]: action.outcome } };
    case "faultSeen":
      return { ...state, fault: null, lost: null };
    case "changing":
    case "changed":
    case "unchanged":
      return { ...state, waiting: reduceWaiting(state.waiting, action) };
    default:
      return withReply(state, action);
  }
}

/** Takes back a send. */
const unsent = (state: Conversation): Conversation => ({
  ...state,
  messages: state.before ?? state.messages,
  later: state.before ? state.laterBefore : state.later,
  before: null,
  edit: null,
  replaced: null,
});

/** Moves a question that was sent to the waiting ones, because another reply runs, as the server knows. */
function withWaitingQuestion(
  state: Conversation,
  { turnId, text, files = [], now }: Extract<Action, { type: "waits" }>,
): Conversation {
  const change = { type: "add", key: turnId, text, files, known: [] } as const;
  const waiting = reduceWaiting(state.waiting, { type: "changed", change, turnId, now });
  return { ...unsent(state), waiting };
}

type ReplyAction = Extract<Action, { type: "events" | "connection" | "queue" }>;

function withReply(state: Conversation, action: ReplyAction): Conversation {
  const { reply } = state;
  if (reply?.turnId !== action.turnId) return state;
  switch (action.type) {
    case "events": {
      const next = action.events.reduce(
        (known, { event, seq }) => advance(known, event, seq, action.now),
        reply,
      );
      return next === reply ? state : { ...state, reply: next, ...begun(state, next) };
    }
    case "connection":
      return { ...state, reply: { ...reply, connected: action.open, refusal: action.refusal } };
    case "queue":
      return { ...state, reply: withPlace(reply, action) };
  }
}

/** At the first word or call of another version the replaced reply goes, with all that follow it. */
function begun({ messages, replaced }: Conversation, reply: Reply): Partial<Conversation> {
  if (!replaced?.shown || !hasBegun(messages, replaced, reply)) return {};
  return { messages: upTo(messages, replaced.id), replaced: { ...replaced, shown: false } };
}

function withQuestion(
  state: Conversation,
  { text, files = [], replaceFrom, version, continues, now }: Extract<Action, { type: "sending" }>,
): Conversation {
  const written = state.reply && !state.replaced?.shown ? messageOf(state.reply) : [];
  const known = [...state.messages, ...written];
  const timestamp = now / 1000;
  const replaced = text === null ? replacedBy(known, replaceFrom, continues) : null;
  const edited = text !== null && known.some(({ id }) => id === replaceFrom);
  const asked = text !== null && !edited;
  const kept = replaced && !replaced.shown ? upTo(known, replaced.id) : known;
  return {
    ...state,
    messages: asked ? [...kept, { id: PENDING, ...questionOf({ text, files, timestamp }) }] : kept,
    before: known,
    // Another version of a message is the end of its branch.
    later: false,
    laterBefore: state.later,
    edit:
      edited && replaceFrom
        ? { id: replaceFrom, text, files, timestamp, version: version ?? null }
        : null,
    fault: null,
    lost: null,
    reply: null,
    replaced,
  };
}

function withTurn(
  state: Conversation,
  { turnId, model }: Extract<Action, { type: "accepted" }>,
): Conversation {
  const id = `local:q:${turnId}`;
  const messages = withEdit(state, id).map((message) =>
    message.id === PENDING || message.id === id ? { ...message, id, turn_id: turnId } : message,
  );
  const reply = state.reply?.turnId === turnId ? state.reply : newReply(turnId);
  const goneOn = goneOnIn(state.messages, state.replaced, turnId) ?? state.goneOn;
  const asked = { model: model ?? state.model, reply, goneOn, watched: turnId };
  return { ...state, messages, before: null, edit: null, ...asked };
}

/** The branch that an accepted edit begins. */
function withEdit({ messages, edit }: Conversation, localId: string): Message[] {
  const old = messages.find((message) => message.id === edit?.id);
  if (!edit || !old) return messages;
  const { parent_id = "" } = old;
  const id = edit.version ?? localId;
  const versions = withVersion(old, id);
  return [...upTo(messages, old.id), { id, parent_id, ...questionOf(edit), versions }];
}
