import { describe, expect, it } from "vitest";
import type { History } from "../api/schemas";
import { type Action, emptyConversation, reduceConversation } from "./conversation";
import { entriesOf, isBusy, isReplying, pauseCause } from "./entries";
import {
  type Change,
  isAdding,
  isPaused,
  listed,
  NO_WAITING,
  reduceWaiting,
  type Waiting,
} from "./waiting";

const waits = (turn_id: string, message: string) => ({
  turn_id,
  message,
  asked_at: 0,
  attachments: [],
  role: "",
  model: "",
});
const TWO: Waiting = { ...NO_WAITING, questions: [waits("s.2", "two"), waits("s.3", "three")] };
const texts = (state: Waiting) => listed(state).map(({ text }) => text);
const changing = (change: Change) => ({ type: "changing", change }) as const;
const changed = (change: Change, turnId = "") =>
  ({ type: "changed", change, turnId, now: 0 }) as const;
const unchanged = (change: Change) => ({ type: "unchanged", change }) as const;
const adding: Change = { type: "add", key: "k", text: "four", known: ["s.2", "s.3"] };

describe("the waiting questions", () => {
  it.each<[string, Change, string[]]>([
    ["an added one", adding, ["two", "three", "four"]],
    ["a new text", { type: "edit", turnId: "s.2", text: "new" }, ["new", "three"]],
    ["a removal", { type: "remove", turnId: "s.2" }, ["three"]],
    ["a discard", { type: "discard" }, []],
  ])("show %s at once, and take it back where it is refused", (_, change, after) => {
    const asked = reduceWaiting(TWO, changing(change));
    expect(texts(asked)).toEqual(after);
    expect(texts(reduceWaiting(asked, unchanged(change)))).toEqual(["two", "three"]);
    const done = reduceWaiting(asked, changed(change, "s.4"));
    expect(texts(done)).toEqual(after);
    expect(done).toMatchObject({ changes: [], revision: 1 });
  });

  it("show an added one once, also where a history has it before the answer", () => {
    const asked = reduceWaiting(TWO, changing(adding));
    expect(isAdding(asked)).toBe(true);
    const seen = { ...asked, questions: [...TWO.questions, waits("s.4", "four")] };
    expect(texts(seen)).toEqual(["two", "three", "four"]);
    expect(texts(reduceWaiting(seen, changed(adding, "s.4")))).toEqual(["two", "three", "four"]);
  });

  it("show two with the same text", () => {
    const same: Change = { ...adding, text: "three" };
    expect(texts(reduceWaiting(TWO, changing(same)))).toEqual(["two", "three", "three"]);
  });

  it("go on as soon as the reader says so", () => {
    const paused = { ...TWO, paused: true };
    expect(isPaused(paused)).toBe(true);
    const asked = reduceWaiting(paused, changing({ type: "resume" }));
    expect(isPaused(asked)).toBe(false);
    expect(isPaused({ ...NO_WAITING, paused: true })).toBe(false);
  });
});

const Q1 = { id: "q1", role: "user", content: "one", timestamp: 1, turn_id: "s.1" } as const;
const A1 = { id: "a1", role: "assistant", content: "1st", timestamp: 2, turn_id: "s.1" } as const;
const Q2 = { id: "q2", role: "user", content: "two", timestamp: 3, turn_id: "s.2" } as const;

const history = (fields: Partial<History>): Action => {
  const page = { total: 0, has_more: false, trimmed: false, active_turn: null, paused: false };
  const base = { session_id: "s", title: "", role: "assistant", messages: [], waiting: [] };
  return { type: "history", history: { ...base, ...page, ...fields } };
};
const event = (event: object): Action =>
  ({ type: "events", turnId: "s.1", events: [{ event, seq: 2 }], now: 0 }) as Action;
const ended = event({ type: "end", session_id: "s", finish_reason: "stop", message_id: "a1" });
const stopped = event({ type: "end", session_id: "s", finish_reason: "cancelled" });
const run = (...actions: Action[]) => actions.reduce(reduceConversation, emptyConversation("s"));
const running = history({ messages: [Q1], active_turn: "s.1", waiting: [...TWO.questions] });

describe("a conversation with waiting questions", () => {
  it("is busy until the next one is asked, so that further ones wait", () => {
    const over = run(running, ended);
    expect(isReplying(over)).toBe(true);
    expect(isBusy(run(running, stopped))).toBe(false);
  });

  it("moves the next one from the list into the log, and follows its reply", () => {
    const next = history({
      messages: [Q1, A1, Q2],
      active_turn: "s.2",
      waiting: TWO.questions.slice(1),
    });
    const state = run(running, ended, next);
    expect(texts(state.waiting)).toEqual(["three"]);
    expect(entriesOf(state).map(({ text }) => text)).toEqual(["one", "1st", "two", ""]);
    expect(state.reply?.turnId).toBe("s.2");
    expect(state.next).toBe("s.2");
  });

  it("lists a question that was sent in the belief that no reply runs", () => {
    const send: Action = { type: "sending", text: "more", replaceFrom: null, now: 0 };
    const idle = history({ messages: [Q1, A1] });
    const state = run(idle, send, { type: "waits", turnId: "s.5", text: "more", now: 0 });
    expect(entriesOf(state).map(({ text }) => text)).toEqual(["one", "1st"]);
    expect(texts(state.waiting)).toEqual(["more"]);
    expect(isBusy(state)).toBe(false);
  });

  it("keeps the running reply where a waiting question is refused", () => {
    const fault = { code: "too_many_waiting", detail: "", retryable: true };
    const before = run(running);
    const state = reduceConversation(before, { type: "refused", fault, kind: "queued" });
    expect(state).toMatchObject({ fault, reply: before.reply, messages: before.messages });
  });

  it.each([
    ["stopped", [running, stopped, history({ messages: [Q1] })], "stopped"],
    [
      "failed",
      [history({ messages: [Q1, { ...A1, finish_reason: "error", error: "model_quota" }] })],
      "failed",
    ],
    ["unknown", [history({ messages: [Q1] })], null],
    ["a later reply", [history({ messages: [Q1, A1] })], null],
  ])("knows why they pause: %s", (_, actions, cause) => {
    expect(pauseCause(run(...(actions as Action[])))).toBe(cause);
  });
});
