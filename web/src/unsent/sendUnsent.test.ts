import { beforeEach, describe, expect, it, vi } from "vitest";
import { fakeFetch } from "../testing/fakeFetch";
import { sendAll } from "./sendUnsent";
import { changeUnsent, readUnsent, unsent } from "./unsent";

const begun = vi.fn();
const sent = vi.fn();
const listener = { onBegun: begun, onSent: sent };
const OK = { status: 202, body: { turn_id: "s.1" } };

const add = (key: string, place: string | null = "s") =>
  changeUnsent({ type: "add", question: { key, place, text: key, files: [], fault: null } });

const asked = (fetch: ReturnType<typeof fakeFetch>) =>
  fetch.mock.calls.map(([url, init]) => {
    const body = JSON.parse(String(init?.body ?? "null"));
    const key = new Headers(init?.headers).get("Idempotency-Key");
    return [url, key, body?.session_id, body?.when_busy].filter(Boolean).join(" ");
  });

beforeEach(() => {
  vi.clearAllMocks();
  readUnsent();
});

describe("sendAll", () => {
  it("sends all in order, each with its key", async () => {
    const fetch = fakeFetch(OK);
    add("a");
    add("b");
    await sendAll(listener);
    expect(asked(fetch)).toEqual(["/api/chat/turns a s", "/api/chat/turns b s"]);
    expect(unsent.get()).toEqual([]);
    expect(localStorage.getItem("holdfast.unsent")).toBeNull();
    expect(sent).toHaveBeenCalledTimes(2);
  });

  it("lets a question wait while a reply runs", async () => {
    const fetch = fakeFetch({ status: 409, body: { code: "turn_running" } }, OK);
    add("a");
    await sendAll(listener);
    expect(asked(fetch)).toEqual(["/api/chat/turns a s", "/api/chat/turns a s wait"]);
  });

  it("begins one session for all questions of a new chat", async () => {
    const fetch = fakeFetch({ body: { session_id: "new" } }, OK);
    add("a", null);
    add("b", null);
    await sendAll(listener);
    expect(asked(fetch).slice(1)).toEqual(["/api/chat/turns a new", "/api/chat/turns b new"]);
    expect(begun).toHaveBeenCalledExactlyOnceWith("new");
  });

  it("keeps them all, and the session, when the server is away again", async () => {
    fakeFetch({ body: { session_id: "new" } }, "unreachable");
    add("a", null);
    add("b", null);
    await sendAll(listener);
    expect(unsent.get().map(({ key, place, fault }) => [key, place, fault])).toEqual([
      ["a", "new", null],
      ["b", "new", null],
    ]);
    const fetch = fakeFetch(OK);
    await sendAll(listener);
    expect(asked(fetch)).toEqual(["/api/chat/turns a new", "/api/chat/turns b new"]);
  });

  it("stops in a conversation at a question that is refused, and says why", async () => {
    const fetch = fakeFetch({ status: 422, body: { code: "unknown_model" } }, OK);
    add("a");
    add("b");
    add("c", "other");
    await sendAll(listener);
    expect(asked(fetch)).toEqual(["/api/chat/turns a s", "/api/chat/turns c other"]);
    expect(unsent.get().map(({ key, fault }) => [key, fault?.code])).toEqual([
      ["a", "unknown_model"],
      ["b", undefined],
    ]);
  });
});
