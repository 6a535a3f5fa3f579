import { describe, expect, it } from "vitest";
import type { Hit } from "../api/schemas";
import { MOST_EMPTY, noSearch, queryOf, reduceSearch, type SearchAction } from "./messageSearch";

const hit = (message_id: string): Hit => ({
  session_id: "s",
  title: "A title",
  message_id,
  role: "user",
  timestamp: 1,
  excerpt: "an excerpt",
  ranges: [],
  archived: false,
});
const FAULT = { code: "network", detail: "", retryable: true };
const typed = (query: string): SearchAction => ({ type: "typed", query });
const asked: SearchAction = { type: "asked" };
const answer = (request: number, cursor: string | null, ...ids: string[]): SearchAction => ({
  type: "answer",
  request,
  answer: { results: ids.map(hit), cursor, searched: { sessions: 1, messages: 100 } },
});
const run = (...actions: SearchAction[]) => actions.reduce(reduceSearch, noSearch);
const ids = ({ hits }: { hits: Hit[] }) => hits.map(({ message_id }) => message_id);

describe("queryOf", () => {
  it.each([
    ["a", ""],
    ["ab", "ab"],
    ["  a  b ", "a b"],
    ["\u961f", "\u961f"],
    ["\u304d", "\u304d"],
    ["\u{1f600}", ""],
    [" ", ""],
  ])("of %j is %j", (text, query) => expect(queryOf(text)).toBe(query));
});

describe("reduceSearch", () => {
  it("adds each answer, and is done without a cursor", () => {
    const first = run(typed("ab"), asked, answer(1, "c1", "m1", "m2"));
    expect(ids(first)).toEqual(["m1", "m2"]);
    expect(first.load).toBe("paused");
    const all = [asked, answer(2, null, "m2", "m3")].reduce(reduceSearch, first);
    expect(ids(all)).toEqual(["m1", "m2", "m3"]);
    expect([all.done, all.searched.messages]).toEqual([true, 200]);
    expect(reduceSearch(all, asked)).toBe(all);
  });

  it("goes on by itself after an answer without results, a bounded number of times", () => {
    const more = Array.from({ length: MOST_EMPTY - 1 }, (_, at) => answer(at + 1, `c${at}`));
    const going = run(typed("ab"), asked, ...more);
    expect(going.load).toBe("loading");
    const waiting = reduceSearch(going, answer(MOST_EMPTY, "last"));
    expect([waiting.load, waiting.cursor]).toEqual(["paused", "last"]);
    expect(waiting.searched.messages).toBe(100 * MOST_EMPTY);
    expect(reduceSearch(waiting, asked)).toMatchObject({ load: "loading", empty: 0 });
  });

  it("keeps earlier results until the first answer to another query", () => {
    const other = run(typed("ab"), asked, answer(1, null, "m1"), typed("abc"));
    expect([ids(other), other.stale, other.done]).toEqual([["m1"], true, false]);
    expect(ids([asked, answer(2, null)].reduce(reduceSearch, other))).toEqual([]);
  });

  it("begins anew where the text is too short", () => {
    const ended = run(typed("ab"), asked, answer(1, "c", "m1"), typed(""));
    expect(ended).toEqual({ ...noSearch, request: 1 });
  });

  it.each(["abc", ""])("ignores an answer that arrives after %j is typed", (text) => {
    const other = run(typed("ab"), asked, typed(text));
    expect(reduceSearch(other, answer(1, null, "m1"))).toBe(other);
    expect(reduceSearch(other, { type: "failed", request: 1, fault: FAULT })).toBe(other);
  });

  it("ignores an answer to an earlier request of the same query", () => {
    const again = run(typed("ab"), asked, typed("abc"), typed("ab"), asked);
    expect(reduceSearch(again, answer(1, "c", "m1"))).toBe(again);
    expect(ids(reduceSearch(again, answer(2, null, "m2")))).toEqual(["m2"]);
  });

  it("keeps the results and the cursor after a failure, to go on from there", () => {
    const failure: SearchAction = { type: "failed", request: 2, fault: FAULT };
    const failed = run(typed("ab"), asked, answer(1, "c", "m1"), asked, failure);
    expect(failed).toMatchObject({ load: "failed", cursor: "c", fault: FAULT });
    expect(ids(failed)).toEqual(["m1"]);
    expect(reduceSearch(failed, asked)).toMatchObject({ load: "loading", fault: null });
  });

  it("leaves out another query's results when it fails", () => {
    const failure: SearchAction = { type: "failed", request: 2, fault: FAULT };
    const failed = run(typed("ab"), asked, answer(1, null, "m1"), typed("abc"), asked, failure);
    expect(failed).toMatchObject({ load: "failed", hits: [], stale: false });
  });
});
