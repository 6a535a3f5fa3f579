import type { Session, SessionPage } from "../api/types";

export interface SessionList {
  load: "loading" | "ready" | "failed";
  sessions: Session[];
  total: number;
}

export type SessionAction =
  | { type: "page"; page: SessionPage; offset: number }
  | { type: "failed" }
  | { type: "renamed"; sessionId: string; title: string };

export const emptyList: SessionList = { load: "loading", sessions: [], total: 0 };

export function reduceSessions(state: SessionList, action: SessionAction): SessionList {
  switch (action.type) {
    case "page":
      return withPage(state, action.page, action.offset);
    case "failed":
      return state.load === "loading" ? { ...state, load: "failed" } : state;
    case "renamed":
      return { ...state, sessions: state.sessions.map((one) => renamed(one, action)) };
  }
}

const renamed = (session: Session, { sessionId, title }: { sessionId: string; title: string }) =>
  session.session_id === sessionId ? { ...session, title } : session;

/**
 * Pages overlap, as sessions move to the top while one reads on: each is listed once. The first page read
 * again drops what was deleted elsewhere, and keeps the older pages that were loaded before. A page that
 * brings nothing new leaves the very same list, so that nothing is drawn again.
 */
function withPage(state: SessionList, page: SessionPage, offset: number): SessionList {
  const known = new Map(state.sessions.map((session) => [session.session_id, session]));
  const read = page.sessions.map((session) => unchanged(known.get(session.session_id), session));
  const fresh = new Set(read.map(({ session_id }) => session_id));
  const oldest = read.at(-1)?.updated_at ?? 0;
  const kept = state.sessions.filter(
    ({ session_id, updated_at }) => !fresh.has(session_id) && (offset > 0 || updated_at < oldest),
  );
  const sessions = [...kept, ...read].sort(byLatest).slice(0, page.total);
  const same =
    state.load === "ready" &&
    state.total === page.total &&
    sessions.length === state.sessions.length &&
    sessions.every((session, index) => session === state.sessions[index]);
  return same ? state : { load: "ready", sessions, total: page.total };
}

const byLatest = (one: Session, other: Session) => other.updated_at - one.updated_at;

const SHOWN = ["title", "role", "updated_at", "active_turn"] as const;

function unchanged(known: Session | undefined, read: Session): Session {
  return known && SHOWN.every((field) => known[field] === read[field]) ? known : read;
}

/** Sessions whose title has every word of the query, whatever the case. */
export function matching(sessions: Session[], query: string): Session[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return sessions.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)));
}
