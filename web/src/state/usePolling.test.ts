import { renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { usePolling } from "./usePolling";

let visibility: DocumentVisibilityState = "visible";

beforeEach(() => {
  vi.useFakeTimers();
  visibility = "visible";
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
});
afterEach(() => void vi.useRealTimers());

function polling(on = true) {
  const poll = vi.fn();
  const hook = renderHook(() => usePolling(poll, on));
  return { poll, ...hook };
}

const turn = (next: DocumentVisibilityState) => {
  visibility = next;
  document.dispatchEvent(new Event("visibilitychange"));
};

describe("usePolling", () => {
  it("looks at once and then about every five seconds", () => {
    const { poll } = polling();
    expect(poll).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(6_000);
    expect(poll).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(60_000);
    expect(poll.mock.calls.length).toBeGreaterThanOrEqual(11);
    expect(poll.mock.calls.length).toBeLessThanOrEqual(18);
  });

  it("asks less and less often where it waits for a server to come back, and never unseen", () => {
    const poll = vi.fn();
    renderHook(() => usePolling(poll, true, true));
    expect(poll).not.toHaveBeenCalled();
    vi.advanceTimersByTime(6_000);
    expect(poll).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(600_000);
    const seen = poll.mock.calls.length;
    expect(seen).toBeLessThan(20);
    turn("hidden");
    vi.advanceTimersByTime(600_000);
    expect(poll).toHaveBeenCalledTimes(seen);
  });

  it("does nothing while it is off, or after it is gone", () => {
    const { poll } = polling(false);
    vi.advanceTimersByTime(60_000);
    expect(poll).not.toHaveBeenCalled();
    const gone = polling();
    gone.unmount();
    vi.advanceTimersByTime(60_000);
    expect(gone.poll).toHaveBeenCalledTimes(1);
  });

  it("rests while the page is hidden, and looks as soon as it is seen again", () => {
    const { poll } = polling();
    turn("hidden");
    vi.advanceTimersByTime(600_000);
    expect(poll).toHaveBeenCalledTimes(1);
    turn("visible");
    expect(poll).toHaveBeenCalledTimes(2);
  });

  it.each(["focus", "online"])(
    "looks at once on %s, but once where events come together",
    (name) => {
      const { poll } = polling();
      vi.advanceTimersByTime(1_000);
      window.dispatchEvent(new Event(name));
      turn("visible");
      expect(poll).toHaveBeenCalledTimes(2);
    },
  );
});
