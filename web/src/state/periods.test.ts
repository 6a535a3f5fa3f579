import { describe, expect, it } from "vitest";
import type { Session } from "../api/schemas";
import { byPeriod, monthOf, periodOf } from "./periods";

const NOW = new Date(2026, 4, 20, 15, 0);
const at = (...parts: [number, number, number, number]) => new Date(...parts).getTime() / 1000;
const session = (updated_at: number) => ({ session_id: "s", updated_at }) as Session;

describe("periodOf", () => {
  it.each([
    [at(2026, 4, 20, 0), "today"],
    [at(2026, 4, 21, 9), "today"],
    [at(2026, 4, 19, 23), "yesterday"],
    [at(2026, 4, 19, 0), "yesterday"],
    [at(2026, 4, 18, 23), "lastWeek"],
    [at(2026, 4, 13, 0), "lastWeek"],
    [at(2026, 4, 12, 23), "lastMonth"],
    [at(2026, 3, 20, 0), "lastMonth"],
    [at(2026, 3, 19, 23), "2026-4"],
    [at(2025, 11, 31, 23), "2025-12"],
  ])("%d is %s", (seconds, period) => expect(periodOf(seconds, NOW)).toBe(period));
});

describe("byPeriod", () => {
  it("groups in the order given", () => {
    const times = [at(2026, 4, 20, 9), at(2026, 4, 20, 8), at(2026, 4, 19, 9), at(2026, 1, 1, 1)];
    const groups = byPeriod(times.map(session), NOW);
    expect(groups.map(({ period, sessions }) => [period, sessions.length])).toEqual([
      ["today", 2],
      ["yesterday", 1],
      ["2026-2", 1],
    ]);
  });
});

describe("monthOf", () => {
  it("is a date for months only", () => {
    expect(monthOf("2026-2")).toEqual(new Date(2026, 1, 1));
    expect(monthOf("lastWeek")).toBeNull();
  });
});
