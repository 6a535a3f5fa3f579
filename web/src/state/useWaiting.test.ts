import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { History, Message, WaitingQuestion } from "../api/schemas";
import { FakeEventSource } from "../testing/fakeEventSource";
import { fakeServer } from "../testing/fakeServer";
import { draftOf } from "./drafts";
import { entriesOf } from "./entries";
import { unanswered } from "./outbox";
import { useConversation } from "./useConversation";
import { listed } from "./waiting";

const HISTORY = "GET /chat/history";
const ASK = "POST /chat/turns";
const message = (id: string, role: Message["role"], content: string, turn_id = "s.1") => ({
  id,
  role,
  content,
  timestamp: 1,
  turn_id,
});
const Q1 = message("q1", "user", "one");
const waits = (turn_id: string, text: string): WaitingQuestion => ({
  turn_id,
  message: text,
  asked_at: 0,
  attachments: [],
  role: "",
  model: "",
});

function history(fields: Partial<History> = {}): History {
  const page = { total: 1, has_more: false, trimmed: false, active_turn: "s.1", paused: false };
  const base = { session_id: "s", title: "", role: "assistant", messages: [Q1], waiting: [] };
  return { ...base, ...page, ...fields };
}

async function open(first = history()) {
  const server = fakeServer();
  server.on(HISTORY, first);
  const options = { ready: true, role: "assistant", model: "m" };
  const more = { onCreated: () => undefined, onChanged: vi.fn() };
  const { result, rerender } = renderHook(
    ({ sessionId }) => useConversation({ ...options, ...more, sessionId }),
    { initialProps: { sessionId: "s" } },
  );
  const { store, waiting } = result.current;
  await waitFor(() => expect(store.get().load).toBe("ready"));
  const list = () => listed(store.get().waiting).map(({ text }) => text);
  return { server, store, waiting, list, rerender };
}

beforeEach(() => {
  FakeEventSource.all = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

describe("useWaiting", () => {
  it("shows a question at once and waits with a second until the first is taken", async () => {
    const { server, list, waiting, store } = await open();
    server.on(ASK, { turn_id: "s.2", waits: true });
    const release = server.hold(ASK);
    const adding = waiting.add({ text: "two", files: [] });
    expect(list()).toEqual(["two"]);
    expect(await waiting.add({ text: "three", files: [] })).toBe("refused");
    release();
    expect(await act(() => adding)).toBe("waits");
    expect(list()).toEqual(["two"]);
    expect(store.get()).toMatchObject({ fault: null, reply: { turnId: "s.1" } });
  });

  it("does not lose one to a history that was asked for before it was taken", async () => {
    const { server, list, waiting } = await open();
    server.on(ASK, { turn_id: "s.2", waits: true });
    const release = server.hold(HISTORY);
    window.dispatchEvent(new Event("focus"));
    await act(() => waiting.add({ text: "two", files: [] }));
    server.on(HISTORY, history({ waiting: [waits("s.2", "two")] }));
    release();
    await act(() =>
      waitFor(() => expect(server.calls.filter((one) => one === HISTORY)).toHaveLength(3)),
    );
    expect(list()).toEqual(["two"]);
  });

  it("reads the history where the reply ended in between", async () => {
    const { server, list, store, waiting } = await open();
    server.on(ASK, { turn_id: "s.2", waits: false });
    const Q2 = message("q2", "user", "two", "s.2");
    const messages = [Q1, message("a1", "assistant", "1st"), Q2];
    server.on(HISTORY, history({ messages, active_turn: "s.2" }));
    expect(await act(() => waiting.add({ text: "two", files: [] }))).toBe("asked");
    await waitFor(() => expect(store.get().reply?.turnId).toBe("s.2"));
    expect(list()).toEqual([]);
    expect(entriesOf(store.get()).map(({ text }) => text)).toEqual(["one", "1st", "two", ""]);
  });

  it("follows the next question when the reply ends", async () => {
    const { server, list, store } = await open(history({ waiting: [waits("s.2", "two")] }));
    const messages = [Q1, message("a1", "assistant", "1st"), message("q2", "user", "two", "s.2")];
    server.on(HISTORY, history({ messages, active_turn: "s.2" }));
    const end = { type: "end", session_id: "s", finish_reason: "stop", message_id: "a1" };
    act(() => FakeEventSource.last.say(2, end));
    await waitFor(() => expect(store.get().reply?.turnId).toBe("s.2"));
    expect(list()).toEqual([]);
    expect(FakeEventSource.last.url).toContain("s.2");
  });

  it("gives the text back where the server refuses, and says why", async () => {
    const { server, list, store, waiting } = await open();
    server.on(ASK, { code: "too_many_waiting", detail: "" }, 409);
    expect(await act(() => waiting.add({ text: "two", files: [] }))).toBe("refused");
    expect(list()).toEqual([]);
    expect(store.get()).toMatchObject({ fault: { code: "too_many_waiting" }, refused: "queued" });
    expect(unanswered("s")).toBeNull();
  });

  it("gives it to the draft of its session where another one is open by then", async () => {
    const { server, waiting, rerender } = await open();
    server.on(ASK, { code: "too_many_waiting", detail: "" }, 409);
    const release = server.hold(ASK);
    const adding = waiting.add({ text: "two", files: [] });
    server.on(HISTORY, history({ session_id: "other" }));
    rerender({ sessionId: "other" });
    release();
    expect(await act(() => adding)).toBe("away");
    expect(draftOf("s")).toBe("two");
  });

  it.each([
    ["not_waiting", 409, "late", "reworded"],
    ["message_too_long", 422, "failed", "waiting"],
  ])("takes a new text back at %s", async (code, status, result, refused) => {
    const { server, list, store, waiting } = await open(
      history({ waiting: [waits("s.2", "two")] }),
    );
    server.on("PATCH /chat/turns/s.2", { code, detail: "" }, status);
    expect(await act(() => waiting.reword("s.2", "new"))).toBe(result);
    expect(list()).toEqual(["two"]);
    expect(store.get()).toMatchObject({ fault: { code }, refused });
  });

  it("says that a question is asked which was to be removed, and follows its reply", async () => {
    const { server, list, store, waiting } = await open(
      history({ waiting: [waits("s.2", "two")] }),
    );
    server.on("POST /chat/turns/s.2/cancel", { code: "not_waiting", detail: "" }, 409);
    const messages = [Q1, message("a1", "assistant", "1st"), message("q2", "user", "two", "s.2")];
    server.on(HISTORY, history({ messages, active_turn: "s.2" }));
    expect(await act(() => waiting.remove("s.2"))).toBe("late");
    const at = server.calls.indexOf("POST /chat/turns/s.2/cancel");
    expect(server.queries[at]).toBe("only=waiting");
    expect(store.get()).toMatchObject({ fault: { code: "not_waiting" }, refused: "asked" });
    await waitFor(() => expect(store.get().reply?.turnId).toBe("s.2"));
    expect(list()).toEqual([]);
  });

  it("removes, goes on and discards by the server's routes", async () => {
    const two = [waits("s.2", "two"), waits("s.3", "three")];
    const paused = history({ waiting: two, active_turn: null, paused: true });
    const { server, list, waiting } = await open(paused);
    const routes = [
      "POST /chat/turns/s.2/cancel",
      "POST /chat/sessions/s/waiting/resume",
      "DELETE /chat/sessions/s/waiting",
    ];
    for (const route of routes) server.on(route, {});
    server.on(HISTORY, history({ waiting: two.slice(1), active_turn: null, paused: true }));
    expect(await act(() => waiting.remove("s.2"))).toBe("done");
    expect(list()).toEqual(["three"]);
    expect(await act(() => waiting.resume())).toBe("done");
    server.on(HISTORY, history({ active_turn: null }));
    expect(await act(() => waiting.discard())).toBe("done");
    expect(list()).toEqual([]);
    for (const route of routes) expect(server.calls).toContain(route);
  });
});
