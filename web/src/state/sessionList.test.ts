import { describe, expect, it } from "vitest";
import type { Session } from "../api/schemas";
import { emptyList, hasMore, matching, reduceSessions } from "./sessionList";

const session = (session_id: string, updated_at = 0): Session => ({
  session_id,
  title: session_id,
  role: "assistant",
  model: null,
  created_at: 0,
  updated_at,
  active_turn: null,
  leaf: null,
  waiting_revision: 0,
  pinned: false,
  archived: false,
  tags: [],
});

describe("matching", () => {
  const all = [session("Redis 持久化"), session("Redis streams"), session("hello")];

  it("wants every word, in any case and order", () => {
    expect(matching(all, "  持久 redis ").map(({ title }) => title)).toEqual(["Redis 持久化"]);
    expect(matching(all, "")).toHaveLength(3);
    expect(matching(all, "nothing")).toEqual([]);
  });
});

describe("reduceSessions", () => {
  const page = (...ids: string[]) => ({ sessions: ids.map((id) => session(id)), total: 9 });

  it("lists a session once when pages overlap", () => {
    const first = reduceSessions(emptyList, { type: "page", page: page("a", "b"), offset: 0 });
    const both = reduceSessions(first, { type: "page", page: page("b", "c"), offset: 2 });
    expect(both.sessions.map((one) => one.session_id)).toEqual(["a", "b", "c"]);
  });

  it("reads the first page again without losing the older ones", () => {
    const first = { sessions: [session("a", 9), session("b", 8)], total: 4 };
    const second = { sessions: [session("c", 7), session("d", 6)], total: 4 };
    const again = { sessions: [session("new", 10), session("b", 8)], total: 4 };
    const list = [
      { type: "page", page: first, offset: 0 } as const,
      { type: "page", page: second, offset: 2 } as const,
      { type: "page", page: again, offset: 0 } as const,
    ].reduce(reduceSessions, emptyList);
    expect(list.sessions.map(({ title }) => title)).toEqual(["new", "b", "c", "d"]);
  });

  it("keeps what it shows when a refresh fails", () => {
    const shown = reduceSessions(emptyList, { type: "page", page: page("a"), offset: 0 });
    expect(reduceSessions(shown, { type: "failed", offset: 0 })).toBe(shown);
    expect(reduceSessions(emptyList, { type: "failed", offset: 0 }).load).toBe("failed");
  });

  it("drops the row that was deleted elsewhere, and no other", () => {
    const rows = ["a", "b", "c", "d"].map((id, at) => session(id, 9 - at));
    const shown = [
      { type: "page", page: { sessions: rows.slice(0, 2), total: 4 }, offset: 0 } as const,
      { type: "page", page: { sessions: rows.slice(2), total: 4 }, offset: 2 } as const,
      // "c" is deleted elsewhere: the first page shows that one is missing, the second one which.
      { type: "page", page: { sessions: rows.slice(0, 2), total: 3 }, offset: 0 } as const,
    ].reduce(reduceSessions, emptyList);
    expect(shown.sessions.map(({ title }) => title)).toEqual(["a", "b", "c", "d"]);
    const second = { sessions: [rows[1], rows[3]] as Session[], total: 3 };
    const list = reduceSessions(shown, { type: "page", page: second, offset: 1 });
    expect(list.sessions.map(({ title }) => title)).toEqual(["a", "b", "d"]);
  });

  it("tells whether there is more by how far it was read, whatever the overlap", () => {
    const first = reduceSessions(emptyList, { type: "page", page: page("a", "b"), offset: 0 });
    expect(hasMore(first)).toBe(true);
    const overlap = { sessions: [session("b"), session("a")], total: 4 };
    expect(hasMore(reduceSessions(first, { type: "page", page: overlap, offset: 2 }))).toBe(false);
  });

  it("tells that reading on failed, until a page comes", () => {
    const first = reduceSessions(emptyList, { type: "page", page: page("a", "b"), offset: 0 });
    const failed = reduceSessions(first, { type: "failed", offset: 2 });
    expect(failed.moreFailed).toBe(true);
    const again = reduceSessions(failed, { type: "page", page: page("a", "b"), offset: 0 });
    expect(again.moreFailed).toBe(false);
  });

  it("renames", () => {
    const shown = reduceSessions(emptyList, { type: "page", page: page("a", "b"), offset: 0 });
    const renamed = reduceSessions(shown, { type: "renamed", sessionId: "a", title: "new" });
    expect(renamed.sessions.map(({ title }) => title)).toEqual(["new", "b"]);
  });

  it("is the very same list when a refresh brings nothing new", () => {
    const shown = reduceSessions(emptyList, { type: "page", page: page("a", "b"), offset: 0 });
    expect(reduceSessions(shown, { type: "page", page: page("a", "b"), offset: 0 })).toBe(shown);
  });

  it.each([
    { leaf: "a2" },
    { waiting_revision: 1 },
    { active_turn: "a.1" },
    { needs_answer: true },
    { tags: ["work"] },
  ])("has the row that another device changed: %o", (change) => {
    const shown = reduceSessions(emptyList, { type: "page", page: page("a"), offset: 0 });
    const fresh = { sessions: [{ ...session("a"), ...change }], total: 9 };
    const next = reduceSessions(shown, { type: "page", page: fresh, offset: 0 });
    expect(next.sessions[0]).toMatchObject(change);
  });

  it("keeps the rows that did not change when another did", () => {
    const shown = reduceSessions(emptyList, { type: "page", page: page("a", "b"), offset: 0 });
    const running = { ...session("b"), active_turn: "b.1" };
    const next = { sessions: [session("a"), running], total: 9 };
    const after = reduceSessions(shown, { type: "page", page: next, offset: 0 });
    expect(after.sessions[0]).toBe(shown.sessions[0]);
    expect(after.sessions[1]?.active_turn).toBe("b.1");
  });
});
