import type { Session, SessionPage } from "../api/types";

export interface SessionList {
  load: "loading" | "ready" | "failed";
  sessions: Session[];
  total: number;
}

export type SessionAction =
  | { type: "page"; page: SessionPage; offset: number }
  | { type: "failed" }
  | { type: "renamed"; sessionId: string; title: string }
  | { type: "removed"; sessionId: string };

export const emptyList: SessionList = { load: "loading", sessions: [], total: 0 };

export function reduceSessions(state: SessionList, action: SessionAction): SessionList {
  switch (action.type) {
    case "page":
      return withPage(state, action.page, action.offset);
    case "failed":
      return state.load === "ready" ? state : { ...state, load: "failed" };
    case "renamed":
      return {
        ...state,
        sessions: state.sessions.map((session) =>
          session.session_id === action.sessionId ? { ...session, title: action.title } : session,
        ),
      };
    case "removed":
      return {
        ...state,
        sessions: state.sessions.filter(({ session_id }) => session_id !== action.sessionId),
        total: state.total - 1,
      };
  }
}

/**
 * Pages overlap, as sessions move to the top while one reads on: each is listed once. The first page read
 * again drops what was deleted elsewhere, and keeps the older pages that were loaded before.
 */
function withPage(state: SessionList, page: SessionPage, offset: number): SessionList {
  const fresh = new Set(page.sessions.map(({ session_id }) => session_id));
  const oldest = page.sessions.at(-1)?.updated_at ?? 0;
  const kept = state.sessions.filter(
    ({ session_id, updated_at }) => !fresh.has(session_id) && (offset > 0 || updated_at < oldest),
  );
  const sessions = [...kept, ...page.sessions].sort(byLatest).slice(0, page.total);
  return { load: "ready", sessions, total: page.total };
}

const byLatest = (one: Session, other: Session) => other.updated_at - one.updated_at;

export type Period = "today" | "yesterday" | "lastWeek" | "lastMonth" | "earlier";

/** Sessions whose title has every word of the query, whatever the case. */
export function matching(sessions: Session[], query: string): Session[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return sessions.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)));
}

const DAY = 86_400_000;

export function periodOf(seconds: number, now: Date): Period {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const time = seconds * 1000;
  if (time >= midnight) return "today";
  if (time >= midnight - DAY) return "yesterday";
  if (time >= midnight - 7 * DAY) return "lastWeek";
  if (time >= midnight - 30 * DAY) return "lastMonth";
  return "earlier";
}

export function byPeriod(sessions: Session[], now: Date): [Period, Session[]][] {
  const groups = new Map<Period, Session[]>();
  for (const session of sessions) {
    const period = periodOf(session.updated_at, now);
    groups.set(period, [...(groups.get(period) ?? []), session]);
  }
  return [...groups];
}
