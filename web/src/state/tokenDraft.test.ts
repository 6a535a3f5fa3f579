import { expect, it } from "vitest";
import type { ApiToken } from "../api/schemas";
import { formOf, isExpired, lifetimesWithin, nameFault, newDraft, scopeOf } from "./tokenDraft";

it.each([
  [0, [7, 30, 90, 365, 0], 30],
  [90, [7, 30, 90], 30],
  [10, [7], 7],
  [3, [], 0],
] as const)("offers what the operator's %i days allow", (most, lifetimes, chosen) => {
  expect(lifetimesWithin(most)).toEqual(lifetimes);
  expect(newDraft(most).days).toBe(chosen);
});

it.each([
  ["", "empty"],
  [" \n ", "empty"],
  ["n".repeat(101), "long"],
  [` ${"😀".repeat(100)} `, null],
] as const)("judges a name by its characters", (name, fault) => {
  expect(nameFault(name)).toBe(fault);
});

it("sends seconds, and null for a token without an end", () => {
  expect(formOf({ name: " Open WebUI ", scope: "read", days: 7 })).toEqual({
    name: "Open WebUI",
    scopes: ["read"],
    expires_in: 604_800,
  });
  expect(formOf({ name: "a", scope: "chat", days: 0 }).expires_in).toBeNull();
});

it("knows an expired token, and the widest scope of each", () => {
  const token = (expires_at: number | null, scopes: ApiToken["scopes"]) =>
    ({ expires_at, scopes }) as ApiToken;
  expect(isExpired(token(100, ["chat"]), 100_000)).toBe(true);
  expect(isExpired(token(100, ["chat"]), 99_999)).toBe(false);
  expect(isExpired(token(null, ["chat"]), 1e15)).toBe(false);
  expect([scopeOf(token(1, ["read", "chat"])), scopeOf(token(1, ["read"]))]).toEqual([
    "chat",
    "read",
  ]);
});
