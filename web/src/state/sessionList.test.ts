import { describe, expect, it } from "vitest";
import type { Session } from "../api/types";
import { byPeriod, emptyList, matching, periodOf, reduceSessions } from "./sessionList";

const NOW = new Date(2026, 4, 20, 15, 0);
const at = (...parts: [number, number, number, number]) => new Date(...parts).getTime() / 1000;
const session = (session_id: string, updated_at = 0): Session => ({
  session_id,
  title: session_id,
  role: "assistant",
  created_at: 0,
  updated_at,
  active_turn: null,
});

describe("periodOf", () => {
  it.each([
    [at(2026, 4, 20, 0), "today"],
    [at(2026, 4, 19, 23), "yesterday"],
    [at(2026, 4, 14, 12), "lastWeek"],
    [at(2026, 3, 25, 12), "lastMonth"],
    [at(2025, 4, 20, 12), "earlier"],
  ])("%d is %s", (seconds, period) => expect(periodOf(seconds, NOW)).toBe(period));
});

describe("byPeriod", () => {
  it("groups in the order given", () => {
    const groups = byPeriod(
      [session("a", at(2026, 4, 20, 9)), session("b", at(2026, 4, 19, 9))],
      NOW,
    );
    expect(groups.map(([period, list]) => [period, list.length])).toEqual([
      ["today", 1],
      ["yesterday", 1],
    ]);
  });
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
    expect(reduceSessions(shown, { type: "failed" })).toBe(shown);
    expect(reduceSessions(emptyList, { type: "failed" }).load).toBe("failed");
  });

  it("renames and removes", () => {
    const shown = reduceSessions(emptyList, { type: "page", page: page("a", "b"), offset: 0 });
    const renamed = reduceSessions(shown, { type: "renamed", sessionId: "a", title: "new" });
    expect(renamed.sessions[0]?.title).toBe("new");
    const removed = reduceSessions(renamed, { type: "removed", sessionId: "a" });
    expect(removed).toMatchObject({ total: 8, sessions: [{ session_id: "b" }] });
  });
});
