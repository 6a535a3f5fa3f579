import { describe, expect, it, vi } from "vitest";
import type { Message, TurnEvent } from "../api/schemas";
import { catalogues } from "../i18n/catalogue";
import * as words from "../lib/plainText";
import { type Action, emptyConversation, reduceConversation } from "../state/conversation";
import { announcement } from "./Announcer";

vi.mock("../lib/plainText", { spy: true });

const t = catalogues.en;

const OPENED: Extract<Action, { type: "history" }> = {
  type: "history",
  history: {
    session_id: "s",
    title: "",
    role: "assistant",
    messages: [
      { id: "q1", role: "user", content: "hi", timestamp: 1, turn_id: "s.1" },
      { id: "a1", role: "assistant", content: "hello", timestamp: 2, turn_id: "s.1" },
    ],
    total: 2,
    has_more: false,
    trimmed: false,
    waiting: [],
    paused: false,
    active_turn: null,
  },
};

function afterChunks(...chunks: string[]) {
  let state = reduceConversation(emptyConversation("s"), { type: "accepted", turnId: "s.1" });
  chunks.forEach((content, i) => {
    const event = { type: "chunk", content } as const;
    state = reduceConversation(state, {
      type: "events",
      turnId: "s.1",
      events: [{ event, seq: i + 1 }],
      now: 0,
    });
  });
  return state;
}

describe("announcement", () => {
  it("does not change from token to token", () => {
    const one = announcement(t, afterChunks("a"));
    expect(announcement(t, afterChunks("a", "b", "c"))).toBe(one);
  });

  it("says nothing where another worker goes on with the text", () => {
    const event = { type: "resume", attempt: 2 } as const;
    const resumed = reduceConversation(afterChunks("a"), {
      type: "events",
      turnId: "s.1",
      events: [{ event, seq: 2 }],
      now: 0,
    });
    expect(announcement(t, resumed)).toBe(announcement(t, afterChunks("a")));
  });

  it("asks what a call of a tool waits for, and says how to get there", () => {
    const call = { type: "tool_call", index: 0, id: "c", name: "rm", server: "files" } as const;
    const asked = { type: "approval", id: "0", index: 0, kind: "call", state: "asked" } as const;
    const waits = (event: TurnEvent, known = afterChunks("a"), seq = 2) =>
      reduceConversation(known, {
        type: "events",
        turnId: "s.1",
        events: [{ event, seq }],
        now: 0,
      });
    const state = waits(asked, waits(call), 3);
    expect(announcement(t, state)).toBe(
      "The reply waits for your answer: may the tool “rm” of “files” run? Press Alt + A to go to the question.",
    );
    const another = waits({ ...call, index: 1, id: "d" }, state, 4);
    const both = waits({ ...asked, id: "1", index: 1 }, another, 5);
    expect(announcement(t, both)).toContain("run? There is one more question. Press");
    const left = waits({ ...asked, state: "denied" }, both, 6);
    expect(announcement(t, left)).toBe(announcement(t, state));
    const allowed = waits({ ...asked, state: "allowed" }, state, 4);
    expect(announcement(t, allowed)).toBe(announcement(t, afterChunks("a")));
  });

  it("reads the finished reply out", () => {
    const event = { type: "end", session_id: "s", finish_reason: "stop" } as const;
    const ended = reduceConversation(afterChunks("Hello"), {
      type: "events",
      turnId: "s.1",
      events: [{ event, seq: 9 }],
      now: 0,
    });
    expect(announcement(t, ended)).toBe("Reply finished: Hello");
  });

  it("reads the words of a finished reply once, however often it is asked", () => {
    const event = { type: "end", session_id: "s", finish_reason: "stop" } as const;
    const turnId = "s.1";
    const ended = reduceConversation(afterChunks("A long reply"), {
      ...{ type: "events", turnId, now: 0 },
      events: [{ event, seq: 9 }],
    });
    vi.mocked(words.plainText).mockClear();
    for (const state of [ended, { ...ended }]) expect(announcement(t, state)).toContain("A long");
    expect(words.plainText).toHaveBeenCalledTimes(1);
  });

  it("does not interrupt the finished reply where the next question is asked", () => {
    const event = { type: "end", session_id: "s", finish_reason: "stop" } as const;
    const turnId = "s.1";
    const ended = reduceConversation(afterChunks("Hello"), {
      type: "events",
      turnId,
      events: [{ event, seq: 9 }],
      now: 0,
    });
    const next = { ...OPENED.history, active_turn: "s.2" };
    const state = reduceConversation(ended, { type: "history", history: next });
    expect(announcement(t, state)).toBe("");
  });

  it("reads no Markdown marks out", () => {
    const event = { type: "end", session_id: "s", finish_reason: "stop" } as const;
    const ended = reduceConversation(afterChunks("# Heading\n\n**bold**"), {
      type: "events",
      turnId: "s.1",
      events: [{ event, seq: 9 }],
      now: 0,
    });
    expect(announcement(t, ended)).toBe("Reply finished: Heading\n\nbold");
  });

  it("says that the connection is lost", () => {
    const lost = reduceConversation(afterChunks("a"), {
      type: "connection",
      turnId: "s.1",
      open: false,
      refusal: null,
    });
    expect(announcement(t, lost)).toBe("");
  });

  it("is silent about an old conversation that was just opened", () => {
    expect(announcement(t, reduceConversation(emptyConversation("s"), OPENED))).toBe("");
  });

  it("says once that another version of a reply is being written", () => {
    const asked = reduceConversation(reduceConversation(emptyConversation("s"), OPENED), {
      type: "sending",
      text: null,
      replaceFrom: "a1",
      now: 0,
    });
    expect(announcement(t, asked)).toBe(t.rewriting);
    const accepted = reduceConversation(asked, { type: "accepted", turnId: "s.2" });
    const event = { type: "chunk", content: "new" } as const;
    const begun = reduceConversation(accepted, {
      type: "events",
      turnId: "s.2",
      events: [{ event, seq: 1 }],
      now: 0,
    });
    for (const state of [accepted, begun]) expect(announcement(t, state)).toBe(t.rewriting);
  });

  it("says that a reply goes on, and that it stopped at its length limit", () => {
    const asked = reduceConversation(reduceConversation(emptyConversation("s"), OPENED), {
      type: "sending",
      text: null,
      replaceFrom: "a1",
      continues: true,
      now: 0,
    });
    expect(announcement(t, asked)).toBe("The reply goes on");
    const events = [
      { event: { type: "snapshot", content: "hello", thinking: "" } as const, seq: 1 },
      { event: { type: "chunk", content: " and more" } as const, seq: 2 },
      {
        event: { type: "end", session_id: "s", finish_reason: "length", message_id: "a2" } as const,
        seq: 3,
      },
    ];
    const accepted = reduceConversation(asked, { type: "accepted", turnId: "s.2" });
    const ended = reduceConversation(accepted, { type: "events", turnId: "s.2", events, now: 0 });
    expect(announcement(t, ended)).toBe(`${t.replyDone}and more Stopped at the length limit`);
    const [question, answer] = OPENED.history.messages as [Message, Message];
    const stored = { ...answer, id: "a2", turn_id: "s.2", finish_reason: "length" } as const;
    const messages = [question, { ...stored, content: "hello and more" }];
    const history = { ...OPENED.history, messages };
    const read = reduceConversation(ended, { type: "history", history });
    expect(announcement(t, read)).toBe(announcement(t, ended));
  });

  it("does not read out the reply of a branch that is shown again", () => {
    const shown = reduceConversation(afterChunks("a"), {
      ...OPENED,
      type: "branch",
      removed: false,
    });
    expect(announcement(t, shown)).toBe("");
  });
});
