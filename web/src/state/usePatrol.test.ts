import { renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { usePatrol } from "./usePatrol";

let visibility: DocumentVisibilityState = "visible";

beforeEach(() => {
  vi.useFakeTimers();
  visibility = "visible";
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
});
afterEach(() => void vi.useRealTimers());

function patrol(on = true) {
  const look = vi.fn();
  const hook = renderHook(() => usePatrol(look, on));
  return { look, ...hook };
}

const turn = (next: DocumentVisibilityState) => {
  visibility = next;
  document.dispatchEvent(new Event("visibilitychange"));
};

describe("usePatrol", () => {
  it("looks at once and then about every five seconds", () => {
    const { look } = patrol();
    expect(look).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(6_000);
    expect(look).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(60_000);
    expect(look.mock.calls.length).toBeGreaterThanOrEqual(11);
    expect(look.mock.calls.length).toBeLessThanOrEqual(18);
  });

  it("asks less and less often where it waits for a server to come back, and never unseen", () => {
    const look = vi.fn();
    renderHook(() => usePatrol(look, true, true));
    expect(look).not.toHaveBeenCalled();
    vi.advanceTimersByTime(6_000);
    expect(look).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(600_000);
    const seen = look.mock.calls.length;
    expect(seen).toBeLessThan(20);
    turn("hidden");
    vi.advanceTimersByTime(600_000);
    expect(look).toHaveBeenCalledTimes(seen);
  });

  it("does nothing while it is off, or after it is gone", () => {
    const { look } = patrol(false);
    vi.advanceTimersByTime(60_000);
    expect(look).not.toHaveBeenCalled();
    const gone = patrol();
    gone.unmount();
    vi.advanceTimersByTime(60_000);
    expect(gone.look).toHaveBeenCalledTimes(1);
  });

  it("rests while the page is hidden, and looks as soon as it is seen again", () => {
    const { look } = patrol();
    turn("hidden");
    vi.advanceTimersByTime(600_000);
    expect(look).toHaveBeenCalledTimes(1);
    turn("visible");
    expect(look).toHaveBeenCalledTimes(2);
  });

  it.each(["focus", "online"])(
    "looks at once on %s, but once where events come together",
    (name) => {
      const { look } = patrol();
      vi.advanceTimersByTime(1_000);
      window.dispatchEvent(new Event(name));
      turn("visible");
      expect(look).toHaveBeenCalledTimes(2);
    },
  );
});
