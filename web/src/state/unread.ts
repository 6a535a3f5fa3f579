import type { Session } from "../api/schemas";

/** Sessions whose reply ended while the reader looked elsewhere. */
export interface Unread {
  /** Sessions in which a reply was running when the list was read last. */
  running: readonly string[];
  ended: readonly string[];
}

export type UnreadAction =
  | { type: "listed"; sessions: readonly Session[]; viewed: string | null }
  | { type: "viewed"; sessionId: string }
  | { type: "stored"; unread: Unread };

export const nothingUnread: Unread = { running: [], ended: [] };

/** Beyond it the oldest marks are dropped. */
const MOST = 100;

export function reduceUnread(state: Unread, action: UnreadAction): Unread {
  switch (action.type) {
    case "listed":
      return listed(state, action.sessions, action.viewed);
    case "viewed":
      return withEnded(
        state,
        state.running,
        state.ended.filter((id) => id !== action.sessionId),
      );
    case "stored":
      return withEnded(state, action.unread.running, action.unread.ended);
  }
}

function listed(state: Unread, sessions: readonly Session[], viewed: string | null): Unread {
  const active = new Map(sessions.map((one) => [one.session_id, one.active_turn !== null]));
  const listedRunning = [...active].filter(([, runs]) => runs).map(([id]) => id);
  // A session that is not listed may be beyond the loaded part of the list.
  const beyond = state.running.filter((id) => !active.has(id));
  const finished = state.running.filter((id) => active.get(id) === false);
  const ended = [...state.ended, ...finished].filter((id) => id !== viewed && !active.get(id));
  return withEnded(state, [...listedRunning, ...beyond], [...new Set(ended)]);
}

const same = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((id, index) => id === other[index]);

function withEnded(state: Unread, running: readonly string[], ended: readonly string[]): Unread {
  const next = { running: running.slice(0, MOST), ended: ended.slice(-MOST) };
  return same(next.running, state.running) && same(next.ended, state.ended) ? state : next;
}

const isIds = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((id) => typeof id === "string");

/** Returns the marks of a stored text; none where it is not understood. */
export function readUnread(stored: string | null): Unread {
  try {
    const { running, ended } = JSON.parse(stored ?? "{}");
    return isIds(running) && isIds(ended) ? { running, ended } : nothingUnread;
  } catch {
    return nothingUnread;
  }
}
