import { describe, expect, it } from "vitest";
import type { Message } from "../api/schemas";
import { aPicture } from "../testing/fakeUpload";
import {
  type Action,
  type Conversation,
  emptyConversation,
  NO_REPLY,
  reduceConversation,
} from "./conversation";
import { entriesOf, isBusy, type ReplyEntry } from "./entries";
import { listed } from "./waiting";

const question = (id: string, content: string, turn_id = "s.1"): Message => ({
  id,
  role: "user",
  content,
  timestamp: 1,
  turn_id,
});
const answer = (id: string, content: string, more: Partial<Message> = {}): Message => ({
  id,
  role: "assistant",
  content,
  timestamp: 2,
  turn_id: "s.1",
  finish_reason: "stop",
  ...more,
});
const history = (messages: Message[], active_turn: string | null = null): Action => ({
  type: "history",
  history: {
    session_id: "s",
    title: "",
    role: "assistant",
    messages,
    total: 0,
    has_more: false,
    trimmed: false,
    waiting: [],
    paused: false,
    active_turn,
  },
});
const sending = (text: string | null, replaceFrom: string | null = null): Action => ({
  type: "sending",
  text,
  replaceFrom,
  now: 5_000,
});
const accepted: Action = { type: "accepted", turnId: "s.2" };
const chunk = (content: string, seq: number, turnId = "s.2"): Action => ({
  type: "events",
  turnId,
  events: [{ event: { type: "chunk", content }, seq }],
  now: 0,
});

const run = (...actions: Action[]): Conversation =>
  actions.reduce(reduceConversation, emptyConversation("s"));
const texts = (state: Conversation) => entriesOf(state).map(({ text }) => text);
const lastReply = (state: Conversation) => entriesOf(state).at(-1) as ReplyEntry;

const stored = [question("q1", "hi"), answer("a1", "hello")];

describe("reduceConversation", () => {
  it("shows the question at once and the reply as it comes", () => {
    const state = run(history(stored), sending("more?"), accepted, chunk("yes", 1), chunk("!", 2));
    expect(texts(state)).toEqual(["hi", "hello", "more?", "yes!"]);
    expect(lastReply(state).phase).toBe("streaming");
    expect(isBusy(state)).toBe(true);
  });

  it("puts everything back when a send fails", () => {
    const fault = { code: "network", detail: "", retryable: true };
    const state = run(history(stored), sending("more?"), {
      type: "refused",
      fault,
      kind: "new",
    });
    expect(texts(state)).toEqual(["hi", "hello"]);
    expect(state.fault).toEqual(fault);
    expect(isBusy(state)).toBe(false);
  });

  it("keeps all after an edited question until the edit is accepted, and on failure", () => {
    const edited = run(history(stored), sending("hi there", "q1"));
    expect(texts(edited)).toEqual(["hi there", "hello"]);
    expect(entriesOf(edited)[0]).toMatchObject({ sending: true, id: null });
    expect(texts(reduceConversation(edited, accepted))).toEqual(["hi there", ""]);
    const fault = { code: "network", detail: "", retryable: true };
    const back = reduceConversation(edited, { type: "refused", fault, kind: "edited" });
    expect(texts(back)).toEqual(["hi", "hello"]);
    expect(entriesOf(back)[0]).toMatchObject({ sending: false, id: "q1" });
  });

  it("keeps a finished reply when a history arrives that was read before its end", () => {
    const end = { type: "end", session_id: "s", finish_reason: "stop", message_id: "a2" } as const;
    const over = run(sending("q"), accepted, chunk("text", 1), {
      type: "events",
      turnId: "s.2",
      now: 0,
      events: [{ seq: 9, event: end }],
    });
    const stale = reduceConversation(over, history([question("q2", "q", "s.2")], "s.2"));
    expect(texts(stale)).toEqual(["q", "text"]);
    expect(lastReply(stale).phase).toBe("done");
    expect(isBusy(stale)).toBe(false);
  });

  it("follows the active turn after a reload", () => {
    const state = run(history([question("q1", "hi")], "s.1"), chunk("he", 3, "s.1"));
    expect(texts(state)).toEqual(["hi", "he"]);
  });

  it("takes the stored messages as they are once the turn is over", () => {
    const end: Action = {
      type: "events",
      turnId: "s.2",
      now: 0,
      events: [
        {
          seq: 9,
          event: { type: "end", session_id: "s", finish_reason: "stop", message_id: "a2" },
        },
      ],
    };
    const live = run(sending("q"), accepted, chunk("text", 1), end);
    const after = reduceConversation(
      live,
      history([question("q2", "q", "s.2"), answer("a2", "text", { turn_id: "s.2" })]),
    );
    expect(texts(after)).toEqual(["q", "text"]);
    expect(after.reply).toBeNull();
    expect(lastReply(after).id).toBe("a2");
    expect(lastReply(after).key).toBe(lastReply(live).key);
  });

  it("keeps following the same turn when history is read in between", () => {
    const live = run(history([question("q1", "hi")], "s.1"), chunk("he", 3, "s.1"));
    const again = reduceConversation(live, history([question("q1", "hi")], "s.1"));
    expect(again.reply).toBe(live.reply);
  });

  it("does not start over when the announced turn is already followed", () => {
    const live = run(history([question("q1", "hi")], "s.2"), chunk("he", 3));
    expect(reduceConversation(live, accepted).reply?.text).toBe("he");
  });

  it("ignores events of another turn", () => {
    const live = run(sending("q"), accepted);
    expect(reduceConversation(live, chunk("stray", 1, "s.9"))).toBe(live);
  });

  it("keeps a finished reply that history has not confirmed when the next question is sent", () => {
    const end: Action = {
      type: "events",
      turnId: "s.2",
      now: 0,
      events: [{ seq: 2, event: { type: "end", session_id: "s", finish_reason: "stop" } }],
    };
    const state = run(sending("one"), accepted, chunk("first", 1), end, sending("two"));
    expect(texts(state)).toEqual(["one", "first", "two", ""]);
  });

  it("remembers why a turn failed after history replaced it", () => {
    const failed: Action = {
      type: "events",
      turnId: "s.1",
      now: 0,
      events: [
        { seq: 2, event: { type: "error", code: "model_quota", content: "", retryable: false } },
      ],
    };
    const state = run(
      history([question("q1", "hi")], "s.1"),
      failed,
      history([question("q1", "hi")]),
    );
    expect(lastReply(state)).toMatchObject({ phase: "failed", fault: { code: "model_quota" } });
  });

  it("says that a question got no reply where nothing is known about it", () => {
    expect(lastReply(run(history([question("q1", "hi")]))).fault?.code).toBe("no_reply");
  });

  it("marks a question that was passed over, and leaves the last one to its missing reply", () => {
    const marks = (state: Conversation) =>
      entriesOf(state).flatMap((entry) => (entry.kind === "question" ? [entry.unanswered] : []));
    const passedOver = [question("q1", "hi"), question("q2", "hello?", "s.2")];
    expect(marks(run(history(passedOver)))).toEqual([true, false]);
    expect(lastReply(run(history(passedOver))).phase).toBe("failed");
    expect(marks(run(history(passedOver, "s.2")))).toEqual([true, false]);
    expect(marks(run(history(stored), sending("more?"), accepted))).toEqual([false, false]);
    expect(marks(run(history([question("q1", "hi")]), sending("again?")))).toEqual([true, false]);
  });

  it("shows a stored partial reply as stopped or failed", () => {
    const partial = (finish_reason: "cancelled" | "error") =>
      lastReply(run(history([question("q1", "hi"), answer("a1", "he", { finish_reason })])));
    expect(partial("cancelled").phase).toBe("stopped");
    expect(partial("error")).toMatchObject({
      phase: "failed",
      text: "he",
      fault: { code: "reply_cut" },
    });
  });

  it("keeps what has not changed as it is, so that it is not drawn again", () => {
    const before = run(history(stored));
    const again = reduceConversation(
      before,
      history(structuredClone([...stored, question("q2", "new", "s.2")])),
    );
    expect(again.messages[0]).toBe(before.messages[0]);
    expect(again.messages[1]).toBe(before.messages[1]);
    expect(again.messages).toHaveLength(3);
  });

  it("tells why a stored reply failed by its code, also after a reload", () => {
    const failed = answer("a1", "half", { finish_reason: "error", error: "model_timeout" });
    expect(lastReply(run(history([question("q1", "hi"), failed])))).toMatchObject({
      phase: "failed",
      fault: { code: "model_timeout" },
    });
  });

  it("moves on from the queue when the turn runs", () => {
    const start: Action = {
      type: "events",
      turnId: "s.2",
      now: 0,
      events: [{ seq: 1, event: { type: "start", turn_id: "s.2", session_id: "s", position: 4 } }],
    };
    const queued = run(sending("q"), accepted, start, {
      type: "queue",
      turnId: "s.2",
      position: 2,
      worker: "awaited",
    });
    expect(lastReply(queued)).toMatchObject({ phase: "queued", position: 2 });
    const running = reduceConversation(queued, {
      type: "queue",
      turnId: "s.2",
      position: null,
      worker: "claimed",
    });
    expect(lastReply(running).phase).toBe("thinking");
  });
});

describe("a question with files", () => {
  const files = [aPicture("p")];
  const send = { type: "sending", text: "look", files, now: 0 } as const;
  const filesOf = (state: Conversation) =>
    entriesOf(state).flatMap((entry) => (entry.kind === "question" ? [entry.files] : []));

  it("shows them from the moment it is sent", () => {
    const sent = reduceConversation(emptyConversation("s"), { ...send, replaceFrom: null });
    expect(filesOf(sent)).toEqual([files]);
    const accepted = reduceConversation(sent, { type: "accepted", turnId: "s.1" });
    expect(filesOf(accepted)).toEqual([files]);
  });

  it("has its own in each version", () => {
    const sent = reduceConversation(emptyConversation("s"), { ...send, replaceFrom: null });
    const stored = reduceConversation(sent, { type: "accepted", turnId: "s.1" });
    const id = stored.messages[0]?.id ?? "";
    const edit = {
      type: "sending",
      text: "no picture",
      files: [],
      replaceFrom: id,
      now: 0,
    } as const;
    const edited = reduceConversation(stored, edit);
    expect(filesOf(edited)).toEqual([[]]);
    const accepted = reduceConversation(edited, { type: "accepted", turnId: "s.2" });
    expect(filesOf(accepted)).toEqual([[]]);
    const refused = { type: "refused", fault: NO_REPLY, kind: "edited" } as const;
    expect(filesOf(reduceConversation(edited, refused))).toEqual([files]);
  });

  it("that has to wait keeps them", () => {
    const sent = reduceConversation(emptyConversation("s"), { ...send, replaceFrom: null });
    const waits = { type: "waits", turnId: "s.2", text: "look", files, now: 0 } as const;
    expect(listed(reduceConversation(sent, waits).waiting)[0]?.files).toEqual(files);
  });
});
