import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TurnEvent } from "../api/types";
import { paced } from "./pace";

let cost = 0;

function reader() {
  const told: string[] = [];
  const pace = paced((heard) => {
    told.push(heard.map(({ seq }) => seq).join(" "));
    vi.advanceTimersByTime(cost);
  });
  let seq = 0;
  const hear = (event: TurnEvent) => pace.hear({ event, seq: ++seq });
  return { told, stop: pace.stop, hear, word: () => hear({ type: "chunk", content: "x" }) };
}

describe("paced", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    cost = 0;
  });
  afterEach(() => void vi.useRealTimers());

  it("gives the first word at once, and those that follow soon together", () => {
    const { told, word } = reader();
    for (let count = 0; count < 4; count += 1) word();
    expect(told).toEqual(["1"]);
    vi.advanceTimersByTime(120);
    expect(told).toEqual(["1", "2 3 4"]);
  });

  it("gives whatever changes the state at once, with the words before it", () => {
    const { told, word, hear } = reader();
    word();
    word();
    hear({ type: "end", session_id: "s", finish_reason: "stop" });
    expect(told).toEqual(["1", "2 3"]);
  });

  it("waits longer where rendering is slow", () => {
    cost = 50;
    const { told, word } = reader();
    word();
    word();
    vi.advanceTimersByTime(500);
    expect(told).toHaveLength(1);
    vi.advanceTimersByTime(200);
    expect(told).toHaveLength(2);
  });

  it("gives nothing more once it is stopped", () => {
    const { told, word, stop } = reader();
    word();
    word();
    stop();
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual(["1"]);
  });
});
