import { act, renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { History, Message } from "../api/schemas";
import { emptyConversation, reduceConversation } from "./conversation";
import { createStore } from "./store";
import { useEarlier } from "./useEarlier";

const message = (n: number): Message => ({
  id: `${n}-a`,
  role: n % 2 ? "assistant" : "user",
  content: `text ${n}`,
  timestamp: n,
});
const page = (from: number, to: number, session_id = "s"): History => ({
  session_id,
  title: "",
  role: "assistant",
  messages: Array.from({ length: to - from }, (_, index) => message(from + index)),
  total: 10,
  has_more: from > 0,
  trimmed: false,
  waiting: [],
  paused: false,
  active_turn: null,
});

const asked: string[] = [];
let answer: () => Promise<Response>;

function open() {
  const store = createStore(reduceConversation, emptyConversation("s"));
  store.dispatch({ type: "history", history: page(6, 10) });
  const reload = vi.fn(() => Promise.resolve());
  const box = { current: null };
  const hook = renderHook(() => useEarlier(store, reload, box));
  const load = () => act(() => hook.result.current.load());
  const ids = () => store.get().messages.map(({ id }) => id);
  return { store, reload, hook, load, ids };
}

beforeEach(() => {
  asked.length = 0;
  answer = async () => Response.json(page(2, 6));
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return answer();
  });
});

describe("useEarlier", () => {
  it("loads page after page up to the beginning", async () => {
    const { hook, load, store } = open();
    expect(hook.result.current.more).toBe(true);
    await load();
    expect(asked[0]).toContain("before=6-a");
    expect(store.get().messages).toHaveLength(8);
    answer = async () => Response.json(page(0, 2));
    await load();
    expect(asked[1]).toContain("before=2-a");
    expect(store.get().messages).toHaveLength(10);
    expect(hook.result.current.more).toBe(false);
    await load();
    expect(asked).toHaveLength(2);
  });

  it("asks once at a time", async () => {
    const { hook, load } = open();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    answer = async () => {
      await held;
      return Response.json(page(2, 6));
    };
    const first = hook.result.current.load();
    await load();
    release();
    await act(() => first);
    expect(asked).toHaveLength(1);
  });

  it("says that it failed, and loads when it is asked again", async () => {
    const { hook, load, ids } = open();
    answer = async () => Response.json({ code: "redis_unavailable", detail: "" }, { status: 503 });
    await load();
    expect(hook.result.current.state).toBe("failed");
    answer = async () => Response.json(page(2, 6));
    await load();
    expect(hook.result.current.state).toBe("idle");
    expect(ids()).toHaveLength(8);
  });

  it("reads the history again where the message is gone", async () => {
    const { load, reload } = open();
    answer = async () => Response.json({ code: "unknown_message", detail: "" }, { status: 404 });
    await load();
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("drops a page of a session that is not open any more", async () => {
    const { store, load } = open();
    answer = async () => {
      store.dispatch({ type: "opened", sessionId: "other" });
      return Response.json(page(2, 6));
    };
    await load();
    expect(store.get()).toMatchObject({ sessionId: "other", messages: [], loadingEarlier: "idle" });
  });

  it("keeps a page that came during a send, also where the send fails", async () => {
    const { store, load, ids } = open();
    answer = async () => {
      store.dispatch({ type: "sending", text: "new", replaceFrom: null, now: 0 });
      return Response.json(page(2, 6));
    };
    await load();
    expect(ids()).toHaveLength(9);
    const fault = { code: "network", detail: "", retryable: true };
    store.dispatch({ type: "refused", fault, kind: "new" });
    expect(ids()).toEqual(page(2, 10).messages.map(({ id }) => id));
  });

  it("keeps the earlier messages and the reply that runs when the history is read again", async () => {
    const { store, load, ids } = open();
    await load();
    store.dispatch({ type: "sending", text: "new", replaceFrom: null, now: 0 });
    store.dispatch({ type: "accepted", turnId: "s.9" });
    const history = { ...page(7, 11), total: 11, active_turn: "s.9" };
    store.dispatch({ type: "history", history });
    expect(ids()).toEqual(page(2, 11).messages.map(({ id }) => id));
    expect(store.get().reply?.turnId).toBe("s.9");
  });

  it("cannot ask before a question that has no id yet", async () => {
    const { hook, store, load } = open();
    act(() => store.dispatch({ type: "sending", text: "edited", replaceFrom: "6-a", now: 0 }));
    act(() => store.dispatch({ type: "accepted", turnId: "s.9" }));
    expect(hook.result.current.more).toBe(false);
    await load();
    expect(asked).toEqual([]);
  });
});
