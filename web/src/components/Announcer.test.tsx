import { describe, expect, it } from "vitest";
import { catalogues } from "../i18n/catalogue";
import { emptyConversation, reduceConversation } from "../state/conversation";
import { entriesOf } from "../state/entries";
import { announcement } from "./Announcer";

const t = catalogues.en;

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
    const one = announcement(t, entriesOf(afterChunks("a")), true);
    expect(announcement(t, entriesOf(afterChunks("a", "b", "c")), true)).toBe(one);
  });

  it("reads the finished reply out", () => {
    const event = { type: "end", session_id: "s", finish_reason: "stop" } as const;
    const ended = reduceConversation(afterChunks("Hello"), {
      type: "events",
      turnId: "s.1",
      events: [{ event, seq: 9 }],
      now: 0,
    });
    expect(announcement(t, entriesOf(ended), true)).toBe("Reply finished: Hello");
  });

  it("reads no Markdown marks out", () => {
    const event = { type: "end", session_id: "s", finish_reason: "stop" } as const;
    const ended = reduceConversation(afterChunks("# Heading\n\n**bold**"), {
      type: "events",
      turnId: "s.1",
      events: [{ event, seq: 9 }],
      now: 0,
    });
    expect(announcement(t, entriesOf(ended), true)).toBe("Reply finished: Heading\n\nbold");
  });

  it("says that the connection is lost", () => {
    const lost = reduceConversation(afterChunks("a"), {
      type: "connection",
      turnId: "s.1",
      open: false,
      refusal: null,
    });
    expect(announcement(t, entriesOf(lost), true)).toBe(t.reconnecting);
  });

  it("is silent about an old conversation that was just opened", () => {
    expect(announcement(t, entriesOf(afterChunks("a")), false)).toBe("");
  });
});
