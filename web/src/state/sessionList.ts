import type { Session, SessionPage } from "../api/schemas";
import { isIn, type View } from "./marks";

export interface SessionList {
  load: "loading" | "ready" | "failed";
  sessions: Session[];
  total: number;
  /** Number of rows that were read from the top; the next page begins here. */
  next: number;
  /** Whether the last try to read the next page failed. */
  moreFailed: boolean;
}

export type SessionAction =
  | { type: "page"; page: SessionPage; offset: number }
  | { type: "failed"; offset: number }
  | { type: "renamed"; sessionId: string; title: string }
  /** Sessions have other marks; those that do not belong to the view leave it. */
  | { type: "marked"; sessions: readonly Session[]; view: View }
  | { type: "left" };

export const emptyList: SessionList = {
  load: "loading",
  sessions: [],
  total: 0,
  next: 0,
  moreFailed: false,
};

export const hasMore = ({ next, total }: SessionList) => next < total;

export function reduceSessions(state: SessionList, action: SessionAction): SessionList {
  switch (action.type) {
    case "page":
      return withPage(state, action.page, action.offset);
    case "failed":
      return withFailure(state, action.offset);
    case "marked":
      return withMarked(state, action.sessions, action.view);
    case "left":
      return emptyList;
    case "renamed":
      return { ...state, sessions: state.sessions.map((one) => renamed(one, action)) };
  }
}

function withMarked(state: SessionList, marked: readonly Session[], view: View): SessionList {
  const changed = new Map(marked.map((session) => [session.session_id, session]));
  const all = state.sessions.map((one) => changed.get(one.session_id) ?? one);
  const sessions = all.filter((one) => !changed.has(one.session_id) || isIn(one, view));
  const gone = all.length - sessions.length;
  return {
    ...state,
    sessions: sessions.sort(byPlace),
    total: state.total - gone,
    next: state.next - gone,
  };
}

function withFailure(state: SessionList, offset: number): SessionList {
  if (state.load === "loading") return { ...state, load: "failed" };
  // Reports a failure only if the reader asked for more; a refresh is repeated automatically.
  return offset > 0 && offset >= state.next - 1 ? { ...state, moreFailed: true } : state;
}

const renamed = (session: Session, { sessionId, title }: { sessionId: string; title: string }) =>
  session.session_id === sessionId ? { ...session, title } : session;

/**
 * Merges a page into the list. Pages overlap, because sessions move to the top between requests: each is listed once.
 * A page is complete from its first to its last row, so a known row between them that it lacks was deleted elsewhere.
 * A page without changes returns the same list object, so that nothing is rendered.
 */
function withPage(state: SessionList, page: SessionPage, offset: number): SessionList {
  const { total } = page;
  const known = new Map(state.sessions.map((session) => [session.session_id, session]));
  const read = page.sessions.map((session) => unchanged(known.get(session.session_id), session));
  const isCovered = coverOf(page, offset);
  const kept = state.sessions.filter((session) => !isCovered(session));
  const sessions = [...kept, ...read].sort(byPlace);
  // Sessions were deleted: the following ones have moved up, so the next page begins earlier.
  const walked = state.next - Math.max(0, state.total - total);
  const next = Math.max(walked, offset + read.length);
  const same =
    state.load === "ready" &&
    !state.moreFailed &&
    state.total === total &&
    state.next === next &&
    sessions.length === state.sessions.length &&
    sessions.every((session, index) => session === state.sessions[index]);
  return same ? state : { load: "ready", sessions, total, next, moreFailed: false };
}

/** Whether a known session belongs into the range of the page. */
function coverOf({ sessions, total }: SessionPage, offset: number): (session: Session) => boolean {
  const ids = new Set(sessions.map(({ session_id }) => session_id));
  const end = offset + sessions.length;
  const newest = offset === 0 ? Number.POSITIVE_INFINITY : placeOf(sessions[0]);
  const oldest = end >= total ? Number.NEGATIVE_INFINITY : placeOf(sessions.at(-1));
  return (one) => ids.has(one.session_id) || (placeOf(one) < newest && placeOf(one) > oldest);
}

/** Pinned sessions come first, then the one that was used last. */
const placeOf = (session: Session | undefined) =>
  session ? session.updated_at + (session.pinned ? 1e10 : 0) : 0;

const byPlace = (one: Session, other: Session) => placeOf(other) - placeOf(one);

/** Returns the known session if the one that was read is the same, so that nothing is rendered. */
function unchanged(known: Session | undefined, read: Session): Session {
  const fields = Object.keys(read) as (keyof Session)[];
  const same = known && fields.every((field) => `${known[field]}` === `${read[field]}`);
  return same ? known : read;
}

/** Returns sessions whose title contains every word of the query, ignoring case. */
export function matching(sessions: Session[], query: string): Session[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return sessions.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)));
}
