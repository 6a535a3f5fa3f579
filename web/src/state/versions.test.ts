import { describe, expect, it } from "vitest";
import type { Message, TurnEvent, Versions } from "../api/schemas";
import {
  type Action,
  type Conversation,
  emptyConversation,
  reduceConversation,
} from "./conversation";
import { entriesOf, isBusy, type ReplyEntry } from "./entries";

const versionsOf = (index: number, ...ids: string[]): Versions => ({
  index,
  count: ids.length,
  ids,
});
const question = (id: string, content: string, more: Partial<Message> = {}): Message => {
  const timestamp = 1;
  return { id, role: "user", content, timestamp, versions: versionsOf(0, id), ...more };
};
const answer = (id: string, content: string, more: Partial<Message> = {}): Message => {
  const common = { timestamp: 2, turn_id: `s.${id}`, finish_reason: "stop" } as const;
  return { id, role: "assistant", content, ...common, versions: versionsOf(0, id), ...more };
};

const STORED = [
  question("q1", "one"),
  answer("a1", "first"),
  question("q2", "two"),
  answer("a2", "second"),
];

const history = (messages: Message[], active_turn: string | null = null): Action => ({
  type: "history",
  history: {
    session_id: "s",
    title: "",
    role: "assistant",
    messages,
    total: messages.length,
    has_more: false,
    trimmed: false,
    waiting: [],
    paused: false,
    active_turn,
  },
});
const again = (replaceFrom: string): Action => ({
  type: "sending",
  text: null,
  replaceFrom,
  now: 0,
});
const accepted: Action = { type: "accepted", turnId: "s.9" };
const event = (event: TurnEvent, seq = 1): Action => ({
  type: "events",
  turnId: "s.9",
  events: [{ event, seq }],
  now: 0,
});
const failed = event({ type: "error", code: "model_quota", content: "", retryable: true });
const STOPPED = { type: "end", session_id: "s", finish_reason: "cancelled" } as const;
const stopped = event(STOPPED);

const follow = (state: Conversation, ...actions: Action[]) =>
  actions.reduce(reduceConversation, state);
const run = (...actions: Action[]) => follow(emptyConversation("s"), ...actions);
const texts = (state: Conversation) => entriesOf(state).map(({ text }) => text);
const replies = (state: Conversation) =>
  entriesOf(state).filter((entry): entry is ReplyEntry => entry.kind === "reply");

const OLD = ["one", "first", "two", "second"];
const regenerating = run(history(STORED), again("a1"), accepted);

describe("a reply that goes on", () => {
  const goingOn = run(history(STORED), { ...again("a1"), continues: true } as Action, accepted);

  it("stays until the version that begins with its text is there", () => {
    expect(texts(goingOn)).toEqual(OLD);
    expect(goingOn.replaced?.continues).toBe(true);
    const begun = follow(goingOn, event({ type: "snapshot", content: "first", thinking: "" }));
    expect(texts(begun)).toEqual(OLD);
    const more = follow(begun, event({ type: "chunk", content: " more" }, 2));
    expect(texts(more)).toEqual(["one", "first more"]);
    expect(replies(more)[0]?.versions).toMatchObject({ index: 1, count: 2 });
  });

  it("keeps the lost words in view where another worker begins after its text", () => {
    const written = follow(
      goingOn,
      event({ type: "snapshot", content: "first", thinking: "" }),
      event({ type: "chunk", content: " lost words" }, 2),
      event({ type: "restart", attempt: 2 }, 3),
      event({ type: "snapshot", content: "first", thinking: "" }, 4),
    );
    expect(replies(written)[0]).toMatchObject({ text: "first", previous: "first lost words" });
  });

  it("is complete where nothing was to be added", () => {
    const end = { type: "end", session_id: "s", finish_reason: "stop" } as const;
    const snapshot = event({ type: "snapshot", content: "first", thinking: "" });
    const ended = follow(goingOn, snapshot, event(end, 2));
    expect(texts(ended)).toEqual(["one", "first"]);
    expect(ended.lost).toBeNull();
  });

  it("is asked to go on again where it was stopped before it began", () => {
    const back = STORED.map((message) =>
      message.id === "a1" ? { ...message, versions: versionsOf(0, "a1", "a9") } : message,
    );
    const lost = { replaceFrom: "a1", fault: null, question: null, continues: true };
    expect(follow(goingOn, stopped, history(back)).lost).toEqual(lost);
    const snapshot = event({ type: "snapshot", content: "first", thinking: "" });
    const shown = follow(goingOn, snapshot, event(STOPPED, 2));
    expect(texts(shown)).toEqual(OLD);
    expect(follow(shown, history(back)).lost).toEqual(lost);
    const reloaded = follow(run(history(STORED.slice(0, 1), "s.9")), snapshot, event(STOPPED, 2));
    expect(texts(reloaded)).toEqual(["one", "first"]);
    expect(follow(reloaded, history(back)).lost).toEqual(lost);
  });
});

describe("another version of a reply", () => {
  it("leaves the old one, and what follows, until its first word", () => {
    const asked = run(history(STORED), again("a1"));
    for (const state of [asked, regenerating]) {
      expect(texts(state)).toEqual(OLD);
      expect(replies(state).map(({ replaced }) => replaced)).toEqual([true, false]);
      expect(isBusy(state)).toBe(true);
    }
    const thinking = follow(regenerating, event({ type: "thinking", content: "hm" }));
    expect(texts(thinking)).toEqual(OLD);
    const begun = follow(thinking, event({ type: "chunk", content: "new" }, 2));
    expect(texts(begun)).toEqual(["one", "new"]);
    expect(replies(begun)[0]?.versions).toMatchObject({ index: 1, count: 2 });
  });

  it("is shown with its first call and its first word, though the old one began alike", () => {
    const call = { id: "c", name: "add", arguments: "{}", server: "lab", started: true };
    const steps = [{ content: "first", calls: [call], complete: true }];
    const old = STORED.map((each) => (each.id === "a1" ? { ...each, steps } : each));
    const asked = run(history(old), again("a1"), accepted);
    const called = follow(asked, event({ type: "tool_call", index: 0, ...call }));
    expect(replies(called)).toMatchObject([{ replaced: false, steps: [{ calls: [{ id: "c" }] }] }]);
    const worded = follow(asked, event({ type: "chunk", content: "first" }));
    expect(replies(worded)).toMatchObject([{ replaced: false, text: "first" }]);
  });

  it("leaves them where the history ends at the question meanwhile", () => {
    const seen = follow(regenerating, history(STORED.slice(0, 1), "s.9"));
    expect(texts(seen)).toEqual(OLD);
    expect(seen.reply).toBe(regenerating.reply);
  });

  it("leaves them on a page that learns of it by the history", () => {
    const elsewhere = run(history(STORED), history(STORED.slice(0, 1), "s.9"));
    expect(texts(elsewhere)).toEqual(OLD);
    expect(replies(elsewhere)[0]?.replaced).toBe(true);
    expect(texts(follow(elsewhere, event({ type: "chunk", content: "new" })))).toEqual([
      "one",
      "new",
    ]);
  });

  it("is shown by the question alone on a page that was opened meanwhile", () => {
    expect(texts(run(history(STORED.slice(0, 1), "s.9")))).toEqual(["one", ""]);
  });

  it("leaves them for good where the send is refused", () => {
    const fault = { code: "network", detail: "", retryable: true };
    const asked = run(history(STORED), again("a1"));
    const refused = follow(asked, { type: "refused", fault, kind: "again" });
    expect(texts(refused)).toEqual(OLD);
    expect(replies(refused)[0]?.replaced).toBe(false);
  });

  it.each([
    ["failed", failed, { code: "model_quota" }],
    ["stopped", stopped, null],
  ])("leaves them where it %s without text, and says so", (_, end, fault) => {
    const lost = answer("a9", "", { turn_id: "s.9", finish_reason: "error" });
    const back = STORED.map((message) =>
      message.id === "a1" ? { ...message, versions: versionsOf(0, "a1", lost.id) } : message,
    );
    const state = follow(regenerating, end, history(back));
    expect(texts(state)).toEqual(OLD);
    expect(isBusy(state)).toBe(false);
    expect(state.lost).toMatchObject({ replaceFrom: "a1" });
    if (fault) expect(state.lost?.fault).toMatchObject(fault);
    else expect(state.lost?.fault).toBeNull();
    expect(follow(state, history(back)).lost).toBe(state.lost);
    expect(follow(state, { type: "faultSeen" }).lost).toBeNull();
  });

  it("says the same on a page that was opened meanwhile", () => {
    const state = run(history(STORED.slice(0, 1), "s.9"), failed, history(STORED));
    expect(state.lost).toMatchObject({ replaceFrom: "a1", fault: { code: "model_quota" } });
  });

  it("has nothing to say where the question has no earlier answer", () => {
    const alone = [question("q1", "one", { turn_id: "s.9" })];
    const state = run(history(alone, "s.9"), failed, history(alone));
    expect(state.lost).toBeNull();
    expect(replies(state)[0]).toMatchObject({ phase: "failed", fault: { code: "model_quota" } });
  });

  it("takes the place of a last one without text at once", () => {
    const empty = answer("a2", "", { finish_reason: "error", error: "model_quota" });
    const state = run(history([...STORED.slice(0, 3), empty]), again("a2"), accepted);
    expect(texts(state)).toEqual(["one", "first", "two", ""]);
    expect(replies(state)[1]?.phase).toBe("thinking");
  });
});

describe("another version of a question", () => {
  it("is counted with the others as soon as it is accepted", () => {
    const edit: Action = { type: "sending", text: "two!", replaceFrom: "q2", now: 5_000 };
    const state = run(history(STORED), edit, accepted);
    expect(texts(state)).toEqual(["one", "first", "two!", ""]);
    expect(entriesOf(state)[2]?.versions).toMatchObject({ index: 1, count: 2 });
  });
});

describe("an edit that ends without text", () => {
  const edit: Action = { type: "sending", text: "one!", replaceFrom: "q1", now: 5_000 };
  const both = ["q1", "q9"];
  const back = STORED.map((message) =>
    message.id === "q1" ? { ...message, versions: versionsOf(0, ...both) } : message,
  );
  const edited = question("q9", "one!", { turn_id: "s.9", versions: versionsOf(1, ...both) });
  const editing = run(history(STORED), edit, accepted);

  it.each([
    ["failed", failed, "model_quota"],
    ["stopped", stopped, undefined],
  ])("shows the earlier branch where it %s, and keeps the text", (_, end, code) => {
    const state = follow(editing, end, history(back));
    expect(texts(state)).toEqual(OLD);
    expect(isBusy(state)).toBe(false);
    expect(state.lost?.fault?.code).toBe(code);
    expect(state.lost).toMatchObject({
      replaceFrom: "q1",
      question: { id: "q9", text: "one!" },
    });
  });

  it("does the same where the page has the server's copy, or learned of it by the history", () => {
    for (const begun of [editing, run(history(STORED))]) {
      const state = follow(begun, history([edited], "s.9"), failed, history(back));
      expect(texts(state)).toEqual(OLD);
      expect(state.lost?.question).toEqual({ id: "q9", text: "one!" });
    }
  });

  it("is no loss where it has a reply", () => {
    const reply = answer("a9", "new", { turn_id: "s.9" });
    const state = follow(editing, failed, history([edited, reply]));
    expect(state.lost).toBeNull();
  });

  it("is shown again while it is answered again", () => {
    const lost = follow(editing, failed, history(back));
    const again: Action = { ...edit, version: "q9", now: 6_000 };
    const state = follow(lost, again, { type: "accepted", turnId: "s.10" });
    expect(state.lost).toBeNull();
    expect(texts(state)).toEqual(["one!", ""]);
    expect(entriesOf(state)[0]).toMatchObject({ id: "q9", versions: { index: 1, count: 2 } });
    const fault = { code: "network", detail: "", retryable: true };
    const refused = follow(lost, again, { type: "refused", fault, kind: "again" });
    expect(texts(refused)).toEqual(OLD);
  });
});

describe("a version without text", () => {
  it("is shown as failed or stopped", () => {
    const shown = (fields: Partial<Message>) =>
      replies(run(history([question("q1", "one"), answer("a2", "", fields)])))[0];
    expect(shown({ finish_reason: "error", error: "model_quota" })).toMatchObject({
      phase: "failed",
      fault: { code: "model_quota" },
    });
    expect(shown({ finish_reason: "cancelled" })).toMatchObject({ phase: "stopped", text: "" });
  });
});

describe("a branch that is shown", () => {
  it("ends notices about the one before", () => {
    const state = follow(regenerating, failed, history(STORED), {
      ...history(STORED.slice(0, 2)),
      type: "branch",
      removed: false,
    } as Action);
    expect(state).toMatchObject({ lost: null, fault: null, watched: null });
    expect(texts(state)).toEqual(["one", "first"]);
  });
});
