import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Session } from "../api/schemas";
import { fakeFetch } from "../testing/fakeFetch";
import { draftOf, keepDraft } from "./drafts";
import { keepSend } from "./outbox";
import { UNDO_TIME, useDeletions } from "./useDeletions";

const session = (session_id: string) => ({ session_id, title: session_id }) as Session;

function open() {
  const onFailed = vi.fn();
  const { result } = renderHook(() => useDeletions(onFailed));
  return {
    onFailed,
    hides: (id: string) => result.current.hides(id),
    remove: (id: string) => act(() => result.current.remove(session(id))),
    commit: () => act(() => result.current.commit()),
    undo: () => act(() => result.current.undo()),
    hold: (held: boolean) => act(() => result.current.hold(held)),
    pass: (time: number) => act(() => vi.advanceTimersByTimeAsync(time)),
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const asked = (fetch: ReturnType<typeof fakeFetch>) =>
  fetch.mock.calls.map(([url, init]) => `${init?.method} ${url}`);

describe("useDeletions", () => {
  it("tells the server only after the time to undo is over", async () => {
    const fetch = fakeFetch({});
    const { remove, pass, hides } = open();
    remove("a");
    expect(hides("a")).toBe(true);
    await pass(UNDO_TIME - 1);
    expect(fetch).not.toHaveBeenCalled();
    await pass(1);
    expect(asked(fetch)).toEqual(["DELETE /api/chat/sessions/a"]);
    expect(hides("a")).toBe(true);
  });

  it("never tells it what was undone", async () => {
    const fetch = fakeFetch({});
    const { remove, undo, pass, hides } = open();
    remove("a");
    undo();
    await pass(UNDO_TIME * 2);
    expect(hides("a")).toBe(false);
    expect(fetch).not.toHaveBeenCalled();
  });

  it("gives the whole time again with each further delete, and then sends all", async () => {
    const fetch = fakeFetch({});
    const { remove, pass } = open();
    remove("a");
    await pass(UNDO_TIME - 1);
    remove("b");
    await pass(UNDO_TIME - 1);
    expect(fetch).not.toHaveBeenCalled();
    await pass(1);
    expect(asked(fetch)).toEqual(["DELETE /api/chat/sessions/a", "DELETE /api/chat/sessions/b"]);
  });

  it("waits while someone is on the notice", async () => {
    const fetch = fakeFetch({});
    const { remove, hold, pass } = open();
    remove("a");
    hold(true);
    await pass(UNDO_TIME * 5);
    expect(fetch).not.toHaveBeenCalled();
    hold(false);
    await pass(UNDO_TIME);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("sends later deletes too after its notice was closed with the pointer still on it", async () => {
    const fetch = fakeFetch({});
    const { remove, hold, commit, pass } = open();
    remove("a");
    hold(true);
    commit();
    remove("b");
    await pass(UNDO_TIME);
    expect(asked(fetch)).toEqual(["DELETE /api/chat/sessions/a", "DELETE /api/chat/sessions/b"]);
  });

  it("forgets what was written there once the server has deleted it, not before", async () => {
    fakeFetch({});
    const { remove, pass } = open();
    keepDraft("a", "secret");
    keepSend("a", { key: "k", text: "secret", after: null, replaceFrom: null });
    remove("a");
    expect(draftOf("a")).toBe("secret");
    await pass(UNDO_TIME);
    expect(JSON.stringify(localStorage)).not.toContain("secret");
  });

  it("sends at once, once, and past its own end when the page is left", async () => {
    const fetch = fakeFetch({});
    const { remove, pass } = open();
    remove("a");
    act(() => void window.dispatchEvent(new Event("pagehide")));
    act(() => void window.dispatchEvent(new Event("pagehide")));
    await pass(UNDO_TIME);
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({ keepalive: true });
  });

  it("brings the session back and says so when the server does not do it", async () => {
    fakeFetch({ status: 503, body: { code: "redis_unavailable" } });
    const { remove, pass, hides, onFailed } = open();
    remove("a");
    await pass(UNDO_TIME);
    expect(hides("a")).toBe(false);
    expect(onFailed).toHaveBeenCalledWith(session("a"));
  });

  it("takes a session that was gone already for deleted", async () => {
    fakeFetch({ status: 404, body: { code: "unknown_session" } });
    const { remove, pass, hides, onFailed } = open();
    remove("a");
    await pass(UNDO_TIME);
    expect(hides("a")).toBe(true);
    expect(onFailed).not.toHaveBeenCalled();
  });
});
