import { describe, expect, it } from "vitest";
import type { TurnEvent } from "../api/schemas";
import { advance, newReply, type Reply } from "./reply";

const NOW = 1_000_000;
const chunk = (content: string): TurnEvent => ({ type: "chunk", content });

function play(...events: TurnEvent[]): Reply {
  return events.reduce((reply, event, i) => advance(reply, event, i + 1, NOW), newReply("s.1"));
}

describe("advance", () => {
  it("joins chunks in order", () => {
    const reply = play(chunk("你"), chunk("好"), chunk("!"));
    expect(reply).toMatchObject({ text: "你好!", phase: "streaming", seq: 3 });
  });

  it("ignores what it has already seen", () => {
    const once = advance(newReply("s.1"), chunk("a"), 5, NOW);
    expect(advance(once, chunk("a"), 5, NOW)).toBe(once);
    expect(advance(once, chunk("b"), 4, NOW)).toBe(once);
  });

  it("takes a snapshot that goes back", () => {
    const before = advance(newReply("s.1"), chunk("lost"), 9, NOW);
    const back = advance(before, { type: "snapshot", content: "kept", thinking: "" }, 4, NOW);
    expect(back).toMatchObject({ text: "kept", seq: 4 });
  });

  it("waits in the queue only while jobs are ahead", () => {
    const start = { type: "start", turn_id: "s.1", session_id: "s" } as const;
    expect(play({ ...start, position: 3 })).toMatchObject({ phase: "queued", position: 3 });
    expect(play({ ...start, position: 0 }).phase).toBe("thinking");
  });

  it("drops the partial text on restart and says so until new text comes", () => {
    const restarted = play(
      chunk("half"),
      { type: "thinking", content: "hm" },
      { type: "restart", attempt: 2 },
    );
    expect(restarted).toMatchObject({ phase: "restarted", text: "", thinking: "", restarts: 1 });
    const again = advance(restarted, chunk("whole"), 9, NOW);
    expect(again).toMatchObject({ phase: "streaming", text: "whole", restarts: 1 });
  });

  it("keeps the text when another attempt goes on, and says so until the next word", () => {
    const resumed = play(chunk("half"), { type: "resume", attempt: 2 });
    expect(resumed).toMatchObject({ phase: "streaming", text: "half", resuming: true });
    const next = advance(resumed, chunk(" whole"), 9, NOW);
    expect(next).toMatchObject({ text: "half whole", resuming: false, restarts: 0 });
  });

  it("knows when the next try is due, and forgets it once text comes", () => {
    const retrying = play({
      type: "retry",
      attempt: 1,
      reason: "model_rate_limited",
      wait_seconds: 4,
    });
    expect(retrying).toMatchObject({
      phase: "retrying",
      retry: { reason: "model_rate_limited", due: NOW + 4_000 },
    });
    expect(advance(retrying, chunk("a"), 2, NOW).retry).toBeNull();
  });

  it("knows which models did not answer, and which one stepped in", () => {
    const retry = (model?: string): TurnEvent => ({
      type: "retry",
      attempt: 1,
      reason: "model_timeout",
      wait_seconds: 0,
      ...(model ? { model } : {}),
    });
    expect(play(retry()).standIn).toBeNull();
    expect(play(retry(), retry("b")).retry).toMatchObject({ model: "b", failed: null });
    const third = play(retry("b"), retry("c"));
    expect(third).toMatchObject({ standIn: "c", retry: { model: "c", failed: "b" } });
    expect(advance(third, { type: "restart", attempt: 2 }, 9, NOW).standIn).toBeNull();
  });

  it("keeps the text of a lost attempt until the next one has as much", () => {
    const again: TurnEvent = { type: "restart", attempt: 2 };
    const lost = play(chunk("12345"), again, chunk("abc"));
    expect(lost).toMatchObject({ text: "abc", previous: "12345" });
    expect(advance(lost, chunk("de"), 4, NOW)).toMatchObject({ text: "abcde", previous: "" });
    const twice = advance(lost, { type: "restart", attempt: 3 }, 4, NOW);
    expect(twice).toMatchObject({ text: "", previous: "12345" });
    const end = { type: "end", session_id: "s", finish_reason: "cancelled" } as const;
    expect(advance(lost, end, 4, NOW)).toMatchObject({ text: "abc", previous: "" });
    const snapshot = { type: "snapshot", content: "whole text", thinking: "" } as const;
    expect(advance(lost, snapshot, 4, NOW).previous).toBe("");
  });

  it("replaces the text by a snapshot", () => {
    const reply = play(chunk("wrong"), { type: "snapshot", content: "right", thinking: "so" });
    expect(reply).toMatchObject({ text: "right", thinking: "so" });
  });

  it("keeps the text when it is stopped", () => {
    const end = { type: "end", session_id: "s", finish_reason: "cancelled" } as const;
    expect(play(chunk("half"), end)).toMatchObject({ phase: "stopped", text: "half" });
  });

  it("gathers calls of tools, which a restart drops and a snapshot replaces", () => {
    const call = { type: "tool_call", index: 0, id: "c", name: "weather" } as const;
    const part = (content: string) => ({ type: "tool_arguments", index: 0, content }) as const;
    const called = play(call, part('{"a":'), part("1}"));
    const whole = { id: "c", name: "weather", arguments: '{"a":1}' };
    expect(called).toMatchObject({ phase: "streaming", calls: [whole] });
    const restarted = advance(called, { type: "restart", attempt: 2 }, 9, NOW);
    expect(restarted.calls).toEqual([]);
    const snapshot = {
      type: "snapshot",
      content: "",
      thinking: "",
      tool_calls: [{ ...whole, id: "d" }],
    } as const;
    const shown = advance(called, { ...snapshot, tool_calls: [...snapshot.tool_calls] }, 9, NOW);
    expect(shown.calls).toEqual([{ ...whole, id: "d" }]);
  });

  it("ends with the id of the stored message", () => {
    const end = { type: "end", session_id: "s", finish_reason: "stop", message_id: "m" } as const;
    expect(play(chunk("a"), end)).toMatchObject({ phase: "done", messageId: "m" });
  });

  it("keeps partial text and the reason when it fails", () => {
    const error = {
      type: "error",
      code: "model_timeout",
      content: "slow",
      retryable: true,
    } as const;
    expect(play(chunk("half"), error)).toMatchObject({
      phase: "failed",
      text: "half",
      fault: { code: "model_timeout", detail: "slow", retryable: true },
    });
  });

  it("changes nothing after the end", () => {
    const ended = play({ type: "end", session_id: "s", finish_reason: "stop" });
    expect(advance(ended, chunk("late"), 9, NOW)).toBe(ended);
  });

  it("passes over kinds of events it does not know", () => {
    const odd = { type: "novelty" } as unknown as TurnEvent;
    expect(play(chunk("a"), odd, chunk("b"))).toMatchObject({ text: "ab", seq: 3 });
  });
});
