import type { History, HistoryPart, Message } from "../api/schemas";
import { type Conversation, NO_REPLY, type Outcome } from "./conversation";
import { type Loaded, withAround, withEarlier, withLater, withNewest } from "./pages";
import { lostIn, type Replaced, replacedIn, upTo } from "./replaced";
import { isOver, newReply, type Reply } from "./reply";
import { settingsOf } from "./sessionSettings";
import { withHistoryOf } from "./waiting";

/** Applies a history: its messages replace those of the page, and its active turn is followed. */
export function withHistory(state: Conversation, history: History): Conversation {
  const { reply } = state;
  const active = history.active_turn;
  // The history was read before the turn's last event, so the finished reply stays until the history has it.
  const same = active !== null && reply?.turnId === active;
  const replaced = same ? state.replaced : active ? replacedIn(state.messages, history) : null;
  return {
    ...state,
    sessionId: history.session_id,
    load: "ready",
    loadFault: null,
    role: history.role,
    model: history.model ?? null,
    settings: settingsOf(history),
    marks: marksIn(history),
    ...withReplaced(state.messages, replaced, withNewest(state, history)),
    loadingEarlier: state.loadingEarlier === "loading" ? "loading" : "idle",
    loadingLater: "idle",
    otherBranch: null,
    trimmed: history.trimmed,
    before: null,
    edit: null,
    reply: same ? reply : active ? newReply(active) : null,
    replaced,
    lost: reply && !same ? lostIn(state, reply, history) : state.lost,
    watched: active ?? state.watched,
    next: active && !same && reply && isOver(reply.phase) ? active : state.next,
    waiting: withHistoryOf(state.waiting, history),
    outcomes: reply ? { ...state.outcomes, ...outcomeOf(reply) } : state.outcomes,
  };
}

/** Applies the history of a branch that was not shown, or of what is left after a message was removed. */
export function withBranch(state: Conversation, history: History, removed: boolean): Conversation {
  const next = withHistory(state, history);
  const last = next.messages.at(-1);
  // The reply's turn has gone with it, so the server could not say why there is none.
  const gone = removed && last?.role === "user" && last.turn_id;
  const outcomes: Conversation["outcomes"] = gone
    ? { ...next.outcomes, [gone]: { state: "failed", fault: NO_REPLY } }
    : next.outcomes;
  return { ...next, outcomes, fault: null, lost: null, watched: null };
}

/** Keeps a replaced reply that is still shown, and all that follow it: a history ends before it while a turn is active. */
function withReplaced(known: Message[], replaced: Replaced | null, loaded: Loaded): Loaded {
  if (!replaced?.shown) return loaded;
  const kept = known.slice(upTo(known, replaced.id).length);
  return { ...loaded, messages: [...loaded.messages, ...kept] };
}

/** Adds a page of earlier messages, also to those restored if a send in flight fails. */
export function withEarlierPage(
  state: Conversation,
  before: string,
  history: History,
): Conversation {
  if (history.session_id !== state.sessionId) return state;
  const { base, later } = state;
  const undone =
    state.before &&
    withEarlier({ messages: state.before, earlier: true, later, base }, before, history);
  return {
    ...state,
    ...withEarlier(state, before, history),
    before: undone ? undone.messages : null,
    loadingEarlier: "idle",
  };
}

/** Shows the page around a message that was found, unless a send is in flight. */
export function withFound(
  state: Conversation,
  part: HistoryPart,
  otherBranch: string | null,
): Conversation {
  if (part.session_id !== state.sessionId || state.before) return state;
  const next = withNews(state, part);
  const loading = { loadingEarlier: "idle", loadingLater: "idle" } as const;
  return { ...next, ...withAround(state, part), ...loading, otherBranch };
}

/** Applies all of a history but its messages: the page shows others of the session. */
export function withNews(state: Conversation, history: History): Conversation {
  const { messages, earlier, later, base, loadingLater, otherBranch } = state;
  const next = withHistory({ ...state, replaced: null }, history);
  const kept = { messages, earlier, later, base, loadingLater, otherBranch };
  return { ...next, ...kept, replaced: null, lost: null };
}

export function withLaterPage(state: Conversation, after: string, part: HistoryPart): Conversation {
  if (part.session_id !== state.sessionId) return state;
  if (state.before) return { ...state, loadingLater: "idle" };
  return { ...withNews(state, part), ...withLater(state, after, part), loadingLater: "idle" };
}

const marksIn = ({ pinned = false, archived = false, tags = [] }: History) => ({
  pinned,
  archived,
  tags,
});

function outcomeOf(reply: Reply): Record<string, Outcome> {
  if (reply.phase === "stopped") return { [reply.turnId]: { state: "stopped" } };
  if (!reply.fault) return {};
  return { [reply.turnId]: { state: "failed", fault: reply.fault } };
}
