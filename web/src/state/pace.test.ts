import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TurnEvent } from "../api/schemas";
import { paced } from "./pace";
import { prefer } from "./preferences";

let cost = 0;

function reader() {
  const batches: string[] = [];
  const pace = paced((events) => {
    batches.push(events.map(({ seq }) => seq).join(" "));
    vi.advanceTimersByTime(cost);
  });
  let seq = 0;
  const push = (event: TurnEvent) => pace.push({ event, seq: ++seq });
  return { batches, stop: pace.stop, push, word: () => push({ type: "chunk", content: "x" }) };
}

describe("paced", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    cost = 0;
  });
  afterEach(() => void vi.useRealTimers());

  it("gives the first word at once, and those that follow soon together", () => {
    const { batches, word } = reader();
    for (let count = 0; count < 4; count += 1) word();
    expect(batches).toEqual(["1"]);
    vi.advanceTimersByTime(239);
    expect(batches).toEqual(["1"]);
    vi.advanceTimersByTime(1);
    expect(batches).toEqual(["1", "2 3 4"]);
  });

  it("gives words twice as often where they do not glide", () => {
    prefer({ motion: "less" });
    const { batches, word } = reader();
    for (let count = 0; count < 4; count += 1) word();
    vi.advanceTimersByTime(120);
    expect(batches).toEqual(["1", "2 3 4"]);
    prefer({ motion: "system" });
  });

  it("gives whatever changes the state at once, with the words before it", () => {
    const { batches, word, push } = reader();
    word();
    word();
    push({ type: "end", session_id: "s", finish_reason: "stop" });
    expect(batches).toEqual(["1", "2 3"]);
  });

  it("waits longer where rendering is slow", () => {
    cost = 50;
    const { batches, word } = reader();
    word();
    word();
    vi.advanceTimersByTime(500);
    expect(batches).toHaveLength(1);
    vi.advanceTimersByTime(200);
    expect(batches).toHaveLength(2);
  });

  it("keeps words while the page is hidden, and gives them when it is seen", () => {
    const { batches, word, push } = reader();
    const hide = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    word();
    vi.advanceTimersByTime(60_000);
    expect(batches).toEqual([]);
    hide.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(batches).toEqual(["1"]);
    hide.mockReturnValue(true);
    word();
    push({ type: "end", session_id: "s", finish_reason: "stop" });
    expect(batches).toEqual(["1", "2 3"]);
  });

  it("gives nothing more once it is stopped", () => {
    const { batches, word, stop } = reader();
    word();
    word();
    stop();
    vi.advanceTimersByTime(1_000);
    expect(batches).toEqual(["1"]);
  });
});
