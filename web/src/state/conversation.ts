import type { Fault } from "../api/fault";
import type { History, Message } from "../api/schemas";
import type { SequencedEvent } from "./pace";
import { type Loaded, withEarlier, withNewest } from "./pages";
import { advance, newReply, type Reply } from "./reply";
import type { SendKind } from "./sendQuestion";

/** The end of a turn without a complete reply in the history. */
export type Outcome = { state: "stopped" } | { state: "failed"; fault: Fault };

export interface Conversation extends Loaded {
  sessionId: string | null;
  load: "fresh" | "loading" | "ready" | "failed";
  loadFault: Fault | null;
  role: string | null;
  loadingEarlier: "idle" | "loading" | "failed";
  /** Older messages are no longer kept. */
  trimmed: boolean;
  /** The messages before a send that the server has not accepted yet. */
  before: Message[] | null;
  sendFault: Fault | null;
  /** The kind of refused send, if `sendFault` is set. */
  refused: SendKind;
  reply: Reply | null;
  outcomes: Record<string, Outcome>;
}

export type Action =
  | { type: "opened"; sessionId: string | null }
  | { type: "created"; sessionId: string }
  | { type: "history"; history: History }
  | { type: "loadFailed"; fault: Fault }
  | { type: "earlierAsked" }
  | { type: "earlier"; before: string; history: History }
  | { type: "earlierFailed"; sessionId: string }
  | { type: "sending"; text: string | null; replaceFrom: string | null; now: number }
  | { type: "sendFailed"; fault: Fault; kind: SendKind }
  | { type: "accepted"; turnId: string }
  | { type: "events"; turnId: string; events: readonly SequencedEvent[]; now: number }
  | { type: "connection"; turnId: string; open: boolean; refusal: Fault | null }
  | { type: "queue"; turnId: string; position: number | null }
  | { type: "outcome"; turnId: string; outcome: Outcome }
  | { type: "faultSeen" };

const PENDING = "local:pending";

/** Whether a message is shown before the server's copy was read, and therefore has no server id. */
export const isLocal = (message: Message) => message.id.startsWith("local:");

export function emptyConversation(sessionId: string | null): Conversation {
  return {
    sessionId,
    load: sessionId ? "loading" : "fresh",
    loadFault: null,
    role: null,
    messages: [],
    earlier: false,
    base: 0,
    loadingEarlier: "idle",
    trimmed: false,
    before: null,
    sendFault: null,
    refused: "new",
    reply: null,
    outcomes: {},
  };
}

export function reduceConversation(state: Conversation, action: Action): Conversation {
  switch (action.type) {
    case "opened":
      return emptyConversation(action.sessionId);
    case "created":
      return { ...state, sessionId: action.sessionId, load: "ready" };
    case "history":
      return withHistory(state, action.history);
    case "loadFailed":
      return { ...state, load: "failed", loadFault: action.fault };
    case "earlierAsked":
      return { ...state, loadingEarlier: "loading" };
    case "earlier":
      return withEarlierPage(state, action.before, action.history);
    case "earlierFailed":
      return action.sessionId === state.sessionId ? { ...state, loadingEarlier: "failed" } : state;
    case "sending":
      return withQuestion(state, action.text, action.replaceFrom, action.now);
    case "sendFailed":
      return {
        ...state,
        messages: state.before ?? state.messages,
        before: null,
        sendFault: action.fault,
        refused: action.kind,
      };
    case "accepted":
      return withTurn(state, action.turnId);
    case "outcome":
      return { ...state, outcomes: { ...state.outcomes, [action.turnId]: action.outcome } };
    case "faultSeen":
      return { ...state, sendFault: null };
    default:
      return withReply(state, action);
  }
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
      return next === reply ? state : { ...state, reply: next };
    }
    case "connection":
      return { ...state, reply: { ...reply, connected: action.open, refusal: action.refusal } };
    case "queue":
      return { ...state, reply: withPosition(reply, action.position) };
  }
}

function withPosition(reply: Reply, position: number | null): Reply {
  if (reply.phase !== "queued") return reply;
  return position === null ? { ...reply, phase: "thinking" } : { ...reply, position };
}

function withQuestion(
  state: Conversation,
  text: string | null,
  replaceFrom: string | null,
  now: number,
): Conversation {
  const messages = state.reply ? [...state.messages, ...messageOf(state.reply)] : state.messages;
  const cut = messages.findIndex((message) => message.id === replaceFrom);
  const kept = cut < 0 ? messages : messages.slice(0, cut);
  const question: Message = {
    id: PENDING,
    role: "user",
    content: text ?? "",
    timestamp: now / 1000,
  };
  return {
    ...state,
    messages: text === null ? kept : [...kept, question],
    before: messages,
    sendFault: null,
    reply: null,
  };
}

/** Converts a finished reply that the history does not contain yet to a message. */
function messageOf({ turnId, text, messageId, finishReason }: Reply): Message[] {
  if (!text) return [];
  const finish_reason = finishReason ?? "error";
  const id = messageId ?? `local:${turnId}`;
  const timestamp = 0;
  return [{ id, role: "assistant", content: text, timestamp, turn_id: turnId, finish_reason }];
}

function withTurn(state: Conversation, turnId: string): Conversation {
  const messages = state.messages.map((message) =>
    message.id === PENDING ? { ...message, id: `local:q:${turnId}`, turn_id: turnId } : message,
  );
  const reply = state.reply?.turnId === turnId ? state.reply : newReply(turnId);
  return { ...state, messages, before: null, reply };
}

/** Applies a history: its messages replace those of the page, and its active turn is followed. */
function withHistory(state: Conversation, history: History): Conversation {
  const { reply } = state;
  const active = history.active_turn;
  // The history was read before the turn's last event, so the finished reply stays until the history has it.
  const same = active !== null && reply?.turnId === active;
  return {
    ...state,
    sessionId: history.session_id,
    load: "ready",
    loadFault: null,
    role: history.role,
    ...withNewest(state, history),
    loadingEarlier: state.loadingEarlier === "loading" ? "loading" : "idle",
    trimmed: history.trimmed,
    before: null,
    reply: same ? reply : active ? newReply(active) : null,
    outcomes: reply ? { ...state.outcomes, ...outcomeOf(reply) } : state.outcomes,
  };
}

/** Adds a page of earlier messages, also to those restored if a send in flight fails. */
function withEarlierPage(state: Conversation, before: string, history: History): Conversation {
  if (history.session_id !== state.sessionId) return state;
  const { base } = state;
  const undone =
    state.before && withEarlier({ messages: state.before, earlier: true, base }, before, history);
  return {
    ...state,
    ...withEarlier(state, before, history),
    before: undone ? undone.messages : null,
    loadingEarlier: "idle",
  };
}

function outcomeOf(reply: Reply): Record<string, Outcome> {
  if (reply.phase === "stopped") return { [reply.turnId]: { state: "stopped" } };
  if (!reply.fault) return {};
  return { [reply.turnId]: { state: "failed", fault: reply.fault } };
}
