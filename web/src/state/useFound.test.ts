import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Message } from "../api/schemas";
import { FakeEventSource } from "../testing/fakeEventSource";
import { entriesOf } from "./entries";
import { useConversation } from "./useConversation";

const message = (id: string): Message => ({
  id,
  role: id.endsWith("q") ? "user" : "assistant",
  content: `text of ${id}`,
  timestamp: 1,
});
const part = (ids: string[], more: object = {}) => ({
  session_id: "s",
  title: "",
  role: "assistant",
  messages: ids.map(message),
  total: 100,
  has_more: true,
  has_later: false,
  trimmed: false,
  active_turn: null,
  is_shown: true,
  ...more,
});
const NEWEST = part(["50q", "50r"]);
const AROUND = part(["10q", "10r"], { has_later: true });
const OTHER = { ...AROUND, is_shown: false };

/** Answers requests by their method and the part of a history that they ask for. */
function serve(answers: Record<string, object>) {
  const calls: string[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const query = new URL(url, "http://x").searchParams;
    const name = ["around", "after", "branch", "before"].find((one) => query.has(one)) ?? "newest";
    const call =
      init.method !== "GET" || !url.includes("/chat/history")
        ? `${init.method} ${url.replace(/^.*\/chat\//, "").replace(/\?.*/, "")}`
        : `${name} ${query.get(name) ?? ""}`.trim();
    calls.push(call);
    const answer = answers[call];
    return answer
      ? Response.json(answer)
      : Response.json({ code: "unknown_message", detail: "" }, { status: 404 });
  });
  return calls;
}

async function open(answers: Record<string, object>) {
  const all: Record<string, object> = { newest: NEWEST, ...answers };
  const calls = serve(all);
  const options = { ready: true, sessionId: "s", role: "assistant", model: "m" };
  const { result } = renderHook(() =>
    useConversation({ ...options, onCreated: () => undefined, onChanged: () => undefined }),
  );
  const { store } = result.current;
  await waitFor(() => expect(store.get().load).toBe("ready"));
  calls.length = 0;
  const texts = () => entriesOf(store.get()).map(({ text }) => text.replace("text of ", ""));
  const show = (id: string) => act(() => result.current.found.show(id, (change) => change()));
  return { all, calls, store, texts, show, controls: () => result.current };
}

beforeEach(() => {
  FakeEventSource.all = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

describe("useFound", () => {
  it("loads nothing for a message that is shown", async () => {
    const { calls, show } = await open({});
    expect(await show("50r")).toBeNull();
    expect(calls).toEqual([]);
  });

  it("shows the page around a message of the shown branch, and what is after it", async () => {
    const answers = { "around 10r": AROUND };
    const { all, store, texts, show, controls } = await open(answers);
    expect(await show("10r")).toBeNull();
    expect(texts()).toEqual(["10q", "10r"]);
    expect(store.get()).toMatchObject({ later: true, earlier: true, otherBranch: null });
    all["after 10r"] = part(["11q", "11r"]);
    await act(() => controls().found.loadLater());
    expect(texts()).toEqual(["10q", "10r", "11q", "11r"]);
    expect(store.get().later).toBe(false);
  });

  it("first shows the branch of a message of another one", async () => {
    const answers = { "around 10r": OTHER, "PATCH sessions/s": {} };
    const { calls, store, show } = await open(answers);
    await show("10r");
    expect(calls).toEqual(["around 10r", "PATCH sessions/s", "around 10r"]);
    expect(store.get().otherBranch).toBeNull();
  });

  it("only reads another branch while a reply runs, and follows the reply on", async () => {
    const answers = {
      newest: part(["50q"], { active_turn: "s.1" }),
      "around 10r": part(["10q", "10r"], { active_turn: "s.1", is_shown: false }),
    };
    const { all, calls, store, texts, show, controls } = await open(answers);
    await show("10r");
    expect(calls).not.toContain("PATCH sessions/s");
    expect(store.get().otherBranch).toBe("10r");
    act(() => FakeEventSource.last.say(1, { type: "chunk", content: "a reply" }));
    expect(store.get().reply?.text).toBe("a reply");
    expect(texts()).toEqual(["10q", "10r"]);
    all.newest = NEWEST;
    act(() => FakeEventSource.last.say(2, { type: "end", finish_reason: "stop" }));
    await waitFor(() => expect(store.get().reply).toBeNull());
    expect(texts()).toEqual(["10q", "10r"]);
    await act(() => controls().found.toNewest());
    expect(texts()).toEqual(["50q", "50r"]);
    expect(store.get().otherBranch).toBeNull();
  });

  it("knows the shown branch while a reply runs, however many messages another one has", async () => {
    const running = { active_turn: "s.1", total: 2 };
    const answers = {
      newest: part(["50q"], running),
      "around 10r": part(["10q", "10r"], { ...running, total: 4 }),
    };
    const { calls, store, show } = await open(answers);
    await show("10r");
    expect(calls).toEqual(["around 10r"]);
    expect(store.get().otherBranch).toBeNull();
  });

  it("goes to the newest messages before a question is sent", async () => {
    const answers = {
      "around 10r": AROUND,
      "POST turns": { turn_id: "s.2" },
    };
    const { calls, texts, show, controls } = await open(answers);
    await show("10r");
    calls.length = 0;
    await act(() => controls().send({ text: "next", replaceFrom: null }));
    expect(calls).toEqual(["newest", "POST turns"]);
    expect(texts()).toEqual(["50q", "50r", "next", ""]);
  });

  it("keeps the question and its place where the newest messages cannot be read", async () => {
    const answers = { "around 10r": AROUND };
    const { all, calls, store, texts, show, controls } = await open(answers);
    await show("10r");
    delete all.newest;
    calls.length = 0;
    const sent = await act(() => controls().send({ text: "next", replaceFrom: null }));
    expect(sent).toBe(false);
    expect(calls).toEqual(["newest"]);
    expect(texts()).toEqual(["10q", "10r"]);
    expect(store.get()).toMatchObject({ later: true, refused: "reading" });
  });

  it("ends at a question that is edited there, and is undone where the edit is refused", async () => {
    const answers = { "around 10r": AROUND };
    const { store, texts, show, controls } = await open(answers);
    await show("10r");
    await act(() => controls().send({ text: "edited", replaceFrom: "10q" }));
    expect(texts()).toEqual(["10q", "10r"]);
    expect(store.get()).toMatchObject({ later: true, refused: "edited" });
  });

  it("returns why a message cannot be shown", async () => {
    const { texts, show } = await open({});
    expect(await show("gone")).toMatchObject({ code: "unknown_message" });
    expect(texts()).toEqual(["50q", "50r"]);
  });
});
