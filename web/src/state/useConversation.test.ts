import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { History, Message } from "../api/schemas";
import { FakeEventSource } from "../testing/fakeEventSource";
import { fakeServer } from "../testing/fakeServer";
import { draftOf, keepDraft } from "./drafts";
import { entriesOf } from "./entries";
import { unanswered } from "./outbox";
import { useConversation } from "./useConversation";

const QUESTION: Message = { id: "q1", role: "user", content: "hi", timestamp: 1, turn_id: "s.1" };
const ANSWER: Message = {
  id: "a1",
  role: "assistant",
  content: "hello",
  timestamp: 2,
  turn_id: "s.1",
  finish_reason: "stop",
};

function history(messages: Message[], active_turn: string | null = null): History {
  const page = { total: 0, has_more: false, trimmed: false, waiting: [], paused: false };
  return { session_id: "s", title: "", role: "assistant", messages, active_turn, ...page };
}

function open(sessionId: string | null) {
  const onCreated = vi.fn();
  const hook = renderHook(
    (props: { sessionId: string | null }) =>
      useConversation({
        ready: true,
        sessionId: props.sessionId,
        role: "assistant",
        model: "m",
        onCreated,
        onChanged: () => undefined,
      }),
    { initialProps: { sessionId } },
  );
  const texts = () => entriesOf(hook.result.current.store.get()).map(({ text }) => text);
  const send = (text: string) => act(() => hook.result.current.send({ text, replaceFrom: null }));
  return { ...hook, onCreated, texts, send };
}

const say = (seq: number, event: object) => act(() => FakeEventSource.last.say(seq, event));

beforeEach(() => {
  FakeEventSource.all = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

describe("useConversation", () => {
  it("gets a session for the first question, follows the reply, and ends with what is stored", async () => {
    const server = fakeServer();
    server.on("POST /chat/start", { session_id: "s" });
    server.on("POST /chat/turns", { turn_id: "s.1" });
    server.on("GET /chat/history", history([QUESTION, ANSWER]));
    const { send, texts, result, onCreated } = open(null);

    expect(await send("hi")).toBe(true);
    expect(onCreated).toHaveBeenCalledExactlyOnceWith("s");
    say(1, { type: "chunk", content: "hel" });
    expect(texts()).toEqual(["hi", "hel"]);
    say(2, { type: "end", session_id: "s", finish_reason: "stop", message_id: "a1" });
    await waitFor(() => expect(result.current.store.get().reply).toBeNull());
    expect(texts()).toEqual(["hi", "hello"]);
  });

  it("picks a running reply up when the page is opened in the middle of it", async () => {
    fakeServer().on("GET /chat/history", history([QUESTION], "s.1"));
    const { texts } = open("s");
    await waitFor(() => expect(FakeEventSource.all).toHaveLength(1));
    say(7, { type: "chunk", content: "all so far" });
    expect(texts()).toEqual(["hi", "all so far"]);
  });

  it("follows the turn that is already running when a send is refused for it", async () => {
    const server = fakeServer();
    server.on("GET /chat/history", history([]));
    const { send, texts, result } = open("s");
    await waitFor(() => expect(result.current.store.get().load).toBe("ready"));
    server.on("POST /chat/turns", { code: "turn_running", detail: "", turn_id: "s.1" }, 409);
    server.on("GET /chat/history", history([QUESTION], "s.1"));

    expect(await send("mine")).toBe(false);
    await waitFor(() => expect(FakeEventSource.last.url).toContain("s.1"));
    expect(texts()).toEqual(["hi", ""]);
    expect(result.current.store.get().fault?.code).toBe("turn_running");
  });

  it("drops a history that was asked for before a send", async () => {
    const server = fakeServer();
    server.on("GET /chat/history", history([]));
    server.on("POST /chat/turns", { turn_id: "s.2" });
    const { send, texts, result } = open("s");
    await waitFor(() => expect(result.current.store.get().load).toBe("ready"));
    const release = server.hold("GET /chat/history");
    const stale = result.current.reload();

    await send("new");
    release();
    await act(() => stale);
    expect(texts()).toEqual(["new", ""]);
    expect(result.current.store.get().reply?.turnId).toBe("s.2");
  });

  it("keeps the first question while it has no session yet", async () => {
    const server = fakeServer();
    server.on("POST /chat/start", { session_id: "s" });
    server.on("POST /chat/turns", { turn_id: "s.1" });
    server.on("GET /chat/history", history([]));
    const release = server.hold("POST /chat/start");
    const { result } = open(null);
    const sent = result.current.send({ text: "first", replaceFrom: null });
    expect(unanswered(null)?.text).toBe("first");
    keepDraft(null, "typed meanwhile");
    release();
    await act(() => sent);
    expect(unanswered(null)).toBeNull();
    expect(draftOf("s")).toBe("typed meanwhile");
    expect(draftOf(null)).toBe("");
  });

  it("gives a refused text back to its session without losing what was typed there since", async () => {
    const server = fakeServer();
    server.on("GET /chat/history", history([]));
    server.on("POST /chat/turns", { code: "queue_full", detail: "" }, 503);
    const { result, rerender } = open("s");
    await waitFor(() => expect(result.current.store.get().load).toBe("ready"));
    const release = server.hold("POST /chat/turns");
    const sent = result.current.send({ text: "refused", replaceFrom: null });
    keepDraft("s", "typed since");
    rerender({ sessionId: "other" });
    release();
    await act(() => sent);
    expect(draftOf("s")).toBe("refused\ntyped since");
  });

  it("ends a reply whose events cannot be read, though history fails at first", async () => {
    const server = fakeServer();
    server.on("GET /chat/history", history([QUESTION], "s.1"));
    server.on("GET /chat/turns/s.1", { state: "done", position: null, error: null });
    const { result, texts } = open("s");
    await waitFor(() => expect(FakeEventSource.all).toHaveLength(1));
    server.on("GET /chat/history", { code: "redis_unavailable", detail: "" }, 503);
    const before = server.calls.length;
    act(() => FakeEventSource.last.refuse());
    await waitFor(() => expect(FakeEventSource.all).toHaveLength(2));
    act(() => FakeEventSource.last.refuse());
    await waitFor(() => expect(server.calls.slice(before)).toContain("GET /chat/history"));
    server.on("GET /chat/history", history([QUESTION, ANSWER]));
    await waitFor(() => expect(result.current.store.get().reply).toBeNull(), { timeout: 5_000 });
    expect(texts()).toEqual(["hi", "hello"]);
  });

  it("says why a conversation cannot be shown, and shows it once it can", async () => {
    const server = fakeServer();
    server.on("GET /chat/history", { code: "redis_unavailable", detail: "" }, 503);
    const { texts, result } = open("s");
    await waitFor(() => expect(result.current.store.get().load).toBe("failed"));
    expect(result.current.store.get().loadFault?.code).toBe("redis_unavailable");
    server.on("GET /chat/history", history([QUESTION, ANSWER]));
    await act(() => result.current.reload());
    expect(texts()).toEqual(["hi", "hello"]);
  });

  it("leaves the old conversation behind when another is opened", async () => {
    const server = fakeServer();
    server.on("GET /chat/history", history([QUESTION], "s.1"));
    const { rerender, result } = open("s");
    await waitFor(() => expect(FakeEventSource.all).toHaveLength(1));
    rerender({ sessionId: null });
    await waitFor(() => expect(FakeEventSource.last.readyState).toBe(2));
    expect(result.current.store.get()).toMatchObject({ load: "fresh", messages: [], reply: null });
  });

  it("asks how a turn without a reply has ended", async () => {
    const server = fakeServer();
    server.on("GET /chat/history", history([QUESTION]));
    const error = { code: "model_quota", detail: "", retryable: false };
    server.on("GET /chat/turns/s.1", { state: "failed", position: null, error });
    const { result } = open("s");
    await waitFor(() => {
      const last = entriesOf(result.current.store.get()).at(-1);
      expect(last).toMatchObject({ phase: "failed", fault: { code: "model_quota" } });
    });
  });
});
