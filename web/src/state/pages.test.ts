import { describe, expect, it } from "vitest";
import type { History, Message } from "../api/schemas";
import { type Loaded, withAround, withEarlier, withLater, withNewest } from "./pages";

const message = (n: number): Message => ({
  id: `${n}-a`,
  role: n % 2 ? "assistant" : "user",
  content: `text ${n}`,
  timestamp: n,
});
/** Returns the messages with the numbers `from` to `to`. */
const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
const page = (from: number, to: number, total: number, has_more = from > 0): History => ({
  session_id: "s",
  title: "",
  role: "assistant",
  messages: messages(from, to),
  total,
  has_more,
  trimmed: false,
  waiting: [],
  paused: false,
  active_turn: null,
});
const nothing: Loaded = { messages: [], earlier: false, later: false, base: 0 };
const newest = withNewest(nothing, page(100, 149, 150));
const both = withEarlier(newest, "100-a", page(50, 99, 150));
const numbers = ({ messages }: Loaded) => messages.map(({ id }) => Number.parseInt(id, 10));
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("withNewest", () => {
  it("begins with the newest page", () => {
    expect(numbers(newest)).toEqual(range(100, 149));
    expect(newest.earlier).toBe(true);
    expect(withNewest(nothing, page(0, 3, 4)).earlier).toBe(false);
  });

  it("keeps the earlier pages where messages came", () => {
    const next = withNewest(both, page(102, 151, 152));
    expect(numbers(next)).toEqual(range(50, 151));
    expect(next.earlier).toBe(true);
    expect(next.messages[0]).toBe(both.messages[0]);
    expect(next.base).toBe(both.base);
  });

  it("drops what went when a message of an earlier page was edited", () => {
    const edited = page(11, 60, 61);
    edited.messages[49] = { ...message(60), id: "60-b" };
    const next = withNewest(both, edited);
    expect(next.messages.map(({ id }) => id)).toEqual(edited.messages.map(({ id }) => id));
    expect(next.earlier).toBe(true);
  });

  it("keeps what is before an edit, down to the first loaded message", () => {
    const all = withEarlier(both, "50-a", page(0, 49, 150));
    const next = withNewest(all, page(11, 60, 61));
    expect(numbers(next)).toEqual(range(0, 60));
    expect(next.earlier).toBe(false);
  });

  it("takes an empty history as it is", () => {
    expect(withNewest(both, page(0, -1, 0, false))).toEqual(nothing);
  });

  it("drops earlier messages that the server no longer keeps", () => {
    const all = withEarlier(both, "50-a", page(0, 49, 150));
    const next = withNewest(all, page(102, 151, 120));
    expect(numbers(next)).toEqual(range(32, 151));
    expect(next).toMatchObject({ earlier: false, base: all.base + 32 });
  });

  it("keeps what is before another version, also of a message that is not loaded", () => {
    const other = (n: number, fields: Partial<Message>) => ({
      ...message(n),
      id: `${n}-b`,
      ...fields,
    });
    const branch = page(120, 130, 131);
    branch.messages[0] = other(120, { parent_id: "119-a" });
    const next = withNewest(both, branch);
    expect(numbers(next)).toEqual(range(50, 130));
    expect(next).toMatchObject({ earlier: true, base: both.base });
    const first = page(50, 60, 61);
    const versions = { index: 1, count: 2, ids: ["50-a", "50-b"] };
    first.messages[0] = other(50, { parent_id: "49-a", versions });
    expect(withNewest(both, first)).toMatchObject({ earlier: true, base: both.base });
  });

  it("keeps the places where a page begins before the first loaded message", () => {
    const next = withNewest(newest, page(80, 129, 130));
    expect(numbers(next)).toEqual(range(80, 129));
    expect(next.base).toBe(newest.base - 20);
  });

  it("begins anew where more came than a page holds", () => {
    const next = withNewest(both, page(200, 249, 250));
    expect(numbers(next)).toEqual(range(200, 249));
    expect(next.earlier).toBe(true);
  });

  it("replaces messages of this page alone by their stored copies", () => {
    const local: Loaded = {
      ...newest,
      messages: [...newest.messages, { ...message(150), id: "local:q:s.1" }],
    };
    expect(numbers(withNewest(local, page(101, 150, 151)))).toEqual(range(100, 150));
  });
});

describe("withEarlier", () => {
  it("puts the page before the first message", () => {
    expect(numbers(both)).toEqual(range(50, 149));
    expect(both).toMatchObject({ earlier: true, base: newest.base - 50 });
    expect(withEarlier(both, "50-a", page(0, 49, 150)).earlier).toBe(false);
  });

  it("ignores a page that does not fit any more", () => {
    expect(withEarlier(both, "100-a", page(50, 99, 150))).toBe(both);
    expect(withEarlier(nothing, "100-a", page(50, 99, 150))).toBe(nothing);
  });
});

describe("withAround and withLater", () => {
  const part = (from: number, to: number, has_later: boolean) => ({
    ...page(from, to, 150),
    has_later,
    is_shown: true,
  });
  const around = withAround(newest, part(40, 60, true));

  it("show the page around a message, which has both sides", () => {
    expect(numbers(around)).toEqual(range(40, 60));
    expect([around.earlier, around.later]).toEqual([true, true]);
  });

  it("add what is before and after, up to the newest", () => {
    const last = around.messages.at(-1)?.id ?? "";
    const whole = withLater(around, last, part(61, 149, false));
    expect(numbers(whole)).toEqual(range(40, 149));
    expect(whole.later).toBe(false);
    const first = whole.messages[0]?.id ?? "";
    expect(numbers(withEarlier(whole, first, page(0, 39, 150)))).toEqual(range(0, 149));
  });

  it("ignore a page that does not follow what is shown any more", () => {
    expect(withLater(around, "59-a", part(60, 80, true))).toBe(around);
    expect(withLater(newest, newest.messages.at(-1)?.id ?? "", part(150, 151, false))).toBe(newest);
  });

  it("join what is shown to the newest messages where they meet", () => {
    const near = withAround(newest, part(90, 110, true));
    const joined = withNewest(near, page(100, 149, 150));
    expect(numbers(joined)).toEqual(range(90, 149));
    expect(joined.later).toBe(false);
  });
});
