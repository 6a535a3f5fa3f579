import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { History, Message } from "../api/schemas";
import { FakeEventSource } from "../testing/fakeEventSource";
import { fakeServer } from "../testing/fakeServer";
import { entriesOf } from "./entries";
import { useConversation } from "./useConversation";

const VERSIONS = ["a1", "a2"];
const reply = (index: number): Message => ({
  id: VERSIONS[index] ?? "",
  role: "assistant",
  content: `answer ${index}`,
  timestamp: 2,
  versions: { index, count: 2, ids: VERSIONS },
});
const QUESTION: Message = { id: "q1", role: "user", content: "hi", timestamp: 1 };
const SHOW = "PATCH /chat/sessions/s";
const REMOVE = "DELETE /chat/sessions/s/messages/a2";

function history(...messages: Message[]): History {
  const page = {
    total: messages.length,
    has_more: false,
    trimmed: false,
    active_turn: null,
    waiting: [],
    paused: false,
  };
  return { session_id: "s", title: "", role: "assistant", messages, ...page };
}

async function open() {
  const server = fakeServer();
  server.on("GET /chat/history", history(QUESTION, reply(1)));
  const onChanged = vi.fn();
  const options = { ready: true, sessionId: "s", role: "assistant", model: "m" };
  const { result } = renderHook(() =>
    useConversation({ ...options, onCreated: () => undefined, onChanged }),
  );
  const { store } = result.current;
  await waitFor(() => expect(store.get().load).toBe("ready"));
  const texts = () => entriesOf(store.get()).map(({ text }) => text);
  const draw = vi.fn((change: () => void) => change());
  const { branches, send } = result.current;
  return { server, store, texts, draw, branches, send, onChanged };
}

beforeEach(() => {
  FakeEventSource.all = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

describe("useBranches", () => {
  it("shows another version once it is the server's", async () => {
    const { server, texts, draw, branches } = await open();
    server.on(SHOW, {});
    server.on("GET /chat/history", history(QUESTION, reply(0)));
    expect(await act(() => branches.show("a1", draw))).toBe(true);
    expect(texts()).toEqual(["hi", "answer 0"]);
    expect(draw).toHaveBeenCalledTimes(1);
    expect(server.calls.slice(-2)).toEqual([SHOW, "GET /chat/history"]);
  });

  it("keeps what is shown, and says why, where the server refuses", async () => {
    const { server, store, texts, draw, branches } = await open();
    server.on(SHOW, { code: "turn_running", detail: "" }, 409);
    expect(await act(() => branches.show("a1", draw))).toBe(false);
    expect(store.get()).toMatchObject({ fault: { code: "turn_running" }, refused: "version" });
    expect(texts()).toEqual(["hi", "answer 1"]);
    expect(draw).not.toHaveBeenCalled();
  });

  it("asks nothing while a reply runs or another change is in flight", async () => {
    const { server, store, draw, branches } = await open();
    server.on(SHOW, {});
    const release = server.hold(SHOW);
    const first = branches.show("a1", draw);
    expect(await branches.show("a1", draw)).toBe(false);
    release();
    await act(() => first);
    expect(server.calls.filter((call) => call === SHOW)).toHaveLength(1);
    act(() => store.dispatch({ type: "accepted", turnId: "s.3" }));
    expect(await branches.show("a2", draw)).toBe(false);
    expect(server.calls.filter((call) => call === SHOW)).toHaveLength(1);
  });

  it("sends a question only after the version that it follows is shown", async () => {
    const { server, draw, branches, send } = await open();
    server.on(SHOW, {});
    server.on("POST /chat/turns", { turn_id: "s.3" });
    const release = server.hold(SHOW);
    const showing = branches.show("a1", draw);
    const sent = send({ text: "and then?", replaceFrom: null });
    await Promise.resolve();
    expect(server.calls).not.toContain("POST /chat/turns");
    release();
    await act(() => Promise.all([showing, sent]));
    expect(server.calls.slice(-3)).toEqual([SHOW, "GET /chat/history", "POST /chat/turns"]);
  });

  it("deletes a message and shows what is left", async () => {
    const { server, texts, draw, branches, onChanged } = await open();
    server.on(REMOVE, {});
    server.on("GET /chat/history", history(QUESTION, reply(0)));
    expect(await act(() => branches.remove("a2", draw))).toBe(true);
    expect(texts()).toEqual(["hi", "answer 0"]);
    expect(onChanged).toHaveBeenCalled();
  });
});
