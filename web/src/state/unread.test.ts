import { expect, test } from "vitest";
import type { Session } from "../api/schemas";
import { nothingUnread, readUnread, reduceUnread, type Unread } from "./unread";

const session = (session_id: string, active_turn: string | null) =>
  ({ session_id, active_turn }) as Session;

const list = (state: Unread, sessions: Session[], viewed: string | null = null) =>
  reduceUnread(state, { type: "listed", sessions, viewed });

const running = list(nothingUnread, [session("a", "turn"), session("b", null)]);

test("a reply that ended elsewhere is unread until it is viewed", () => {
  const ended = list(running, [session("a", null), session("b", null)], "b");
  expect(ended.ended).toEqual(["a"]);
  expect(reduceUnread(ended, { type: "viewed", sessionId: "a" }).ended).toEqual([]);
});

test("a reply that ended where the reader looks is not unread", () => {
  expect(list(running, [session("a", null)], "a").ended).toEqual([]);
});

test("a session beyond the loaded list keeps running until it is listed", () => {
  const unlisted = list(running, [session("b", null)]);
  expect(unlisted.ended).toEqual([]);
  expect(list(unlisted, [session("a", null)]).ended).toEqual(["a"]);
});

test("a session that runs again is not unread", () => {
  const ended = list(running, [session("a", null)]);
  expect(list(ended, [session("a", "turn 2")]).ended).toEqual([]);
});

test("a list without changes keeps the state", () => {
  expect(list(running, [session("a", "turn"), session("b", null)])).toBe(running);
});

test("a stored text that is not understood gives no marks", () => {
  for (const stored of [null, "{", "null", '{"running":1,"ended":[]}'])
    expect(readUnread(stored)).toEqual(nothingUnread);
  expect(readUnread(JSON.stringify(running))).toEqual(running);
});
