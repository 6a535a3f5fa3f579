import { act, renderHook } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { History, Session } from "../api/schemas";
import { emptyConversation, reduceConversation } from "./conversation";
import { createStore } from "./store";
import { useRemoteChanges } from "./useRemoteChanges";

const session = (fields: Partial<Session> = {}): Session => ({
  session_id: "s",
  title: "",
  role: "assistant",
  model: null,
  created_at: 0,
  updated_at: 10,
  active_turn: null,
  leaf: "a",
  waiting_revision: 0,
  pinned: false,
  archived: false,
  tags: [],
  ...fields,
});

const HISTORY: History = {
  session_id: "s",
  title: "",
  role: "assistant",
  messages: [
    { id: "q", role: "user", content: "hi", timestamp: 9, turn_id: "s.1" },
    { id: "a", role: "assistant", content: "hello", timestamp: 10, turn_id: "s.1" },
  ],
  total: 2,
  has_more: false,
  trimmed: false,
  waiting: [],
  paused: false,
  active_turn: null,
};

function open(shown: Session) {
  const store = createStore(reduceConversation, emptyConversation("s"));
  store.dispatch({ type: "history", history: HISTORY });
  const reload = vi.fn(() => Promise.resolve());
  const hook = renderHook(
    (props: { session: Session }) => useRemoteChanges(props.session, { store, reload }),
    {
      initialProps: { session: shown },
    },
  );
  return { store, reload, list: (next: Session) => hook.rerender({ session: next }) };
}

describe("useRemoteChanges", () => {
  it("reads the history when a turn runs that was opened elsewhere", () => {
    const { reload, list } = open(session());
    expect(reload).not.toHaveBeenCalled();
    list(session({ active_turn: "s.2", updated_at: 20 }));
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("reads it when a turn came and went between two looks", () => {
    const { reload, list } = open(session());
    list(session({ updated_at: 20 }));
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("reads it when another branch is shown elsewhere, once", () => {
    const { reload, list } = open(session());
    list(session({ leaf: "a2" }));
    list(session({ leaf: "a2", title: "renamed" }));
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("leaves the page alone about a branch that it shows already", () => {
    const { reload, list } = open(session({ leaf: "old" }));
    list(session({ leaf: "a" }));
    expect(reload).not.toHaveBeenCalled();
  });

  it("waits with another branch while a turn of its own runs", () => {
    const { store, reload, list } = open(session());
    store.dispatch({ type: "accepted", turnId: "s.3" });
    list(session({ leaf: "q3" }));
    expect(reload).not.toHaveBeenCalled();
  });

  it("leaves the page alone about a turn that it has shown itself", () => {
    const { reload, list } = open(session({ active_turn: "s.1", updated_at: 9 }));
    list(session({ updated_at: 10.2 }));
    expect(reload).not.toHaveBeenCalled();
  });

  it("waits while a turn of its own runs", () => {
    const { store, reload, list } = open(session());
    store.dispatch({ type: "accepted", turnId: "s.3" });
    list(session({ active_turn: "s.3", updated_at: 30 }));
    expect(reload).not.toHaveBeenCalled();
  });

  it("reads the waiting questions that another device has changed, also while a turn runs", () => {
    const { store, reload, list } = open(session());
    store.dispatch({ type: "accepted", turnId: "s.3" });
    list(session({ active_turn: "s.3", waiting_revision: 1 }));
    expect(reload).toHaveBeenCalledTimes(1);
    store.dispatch({
      type: "history",
      history: { ...HISTORY, active_turn: "s.3", waiting_revision: 2 },
    });
    list(session({ active_turn: "s.3", waiting_revision: 2 }));
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("reads them once a send in flight is accepted", () => {
    const { store, reload, list } = open(session());
    act(() => store.dispatch({ type: "sending", text: "hi", replaceFrom: null, now: 0 }));
    list(session({ waiting_revision: 1 }));
    expect(reload).not.toHaveBeenCalled();
    act(() => store.dispatch({ type: "accepted", turnId: "s.3" }));
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("has nothing to do with another session's news", () => {
    const { reload, list } = open(session());
    list(session({ session_id: "other", active_turn: "other.1" }));
    expect(reload).not.toHaveBeenCalled();
  });
});
