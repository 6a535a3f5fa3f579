import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeFetch } from "../testing/fakeFetch";
import { aPicture } from "../testing/fakeUpload";
import { hasArrived, keepSend, keptKey, unanswered } from "./outbox";
import { sendQuestion } from "./sendQuestion";

const CHOICE = { role: "teacher", model: "m" };
const OK = { status: 202, body: { turn_id: "s.1" } };
const ask = (text: string) => sendQuestion("s", { text, replaceFrom: null }, CHOICE, "a0");

const keysOf = (fetch: ReturnType<typeof fakeFetch>) =>
  fetch.mock.calls.map(([, init]) => new Headers(init?.headers).get("Idempotency-Key"));

async function settle<T>(promise: Promise<T>): Promise<T | Error> {
  const result = promise.catch((error: Error) => error);
  await vi.runAllTimersAsync();
  return result;
}

describe("sendQuestion", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("sends what was asked", async () => {
    const fetch = fakeFetch(OK);
    expect(await settle(ask("hi"))).toEqual({ turnId: "s.1", waits: false });
    expect(JSON.parse(String(fetch.mock.calls[0]?.[1]?.body))).toEqual({
      session_id: "s",
      message: "hi",
      role: "teacher",
      model: "m",
    });
  });

  it("lets a question wait while a turn runs", async () => {
    const fetch = fakeFetch({ status: 202, body: { turn_id: "s.2", waits: true } });
    const asked = sendQuestion("s", { text: "hi", replaceFrom: null }, CHOICE, "a0", ["s.1"]);
    expect(await settle(asked)).toEqual({ turnId: "s.2", waits: true });
    expect(JSON.parse(String(fetch.mock.calls[0]?.[1]?.body))).toMatchObject({ when_busy: "wait" });
  });

  it("has a reply go on by its own persona and model", async () => {
    const fetch = fakeFetch(OK);
    await settle(
      sendQuestion("s", { text: null, replaceFrom: "a1", continues: true }, CHOICE, "a1"),
    );
    expect(JSON.parse(String(fetch.mock.calls[0]?.[1]?.body))).toEqual({
      session_id: "s",
      continue_from: "a1",
    });
  });

  it("repeats an unanswered request under the same key", async () => {
    const fetch = fakeFetch("unreachable", "unreachable", OK);
    expect(await settle(ask("hi"))).toEqual({ turnId: "s.1", waits: false });
    const keys = keysOf(fetch);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(unanswered("s")).toBeNull();
  });

  it("uses the key again when the reader sends the same text after giving up", async () => {
    const lost = fakeFetch("unreachable");
    expect(await settle(ask("hi"))).toBeInstanceOf(Error);
    expect(unanswered("s")).toMatchObject({ text: "hi", after: "a0" });
    const again = fakeFetch(OK);
    await settle(ask("hi"));
    expect(keysOf(again)[0]).toBe(keysOf(lost)[0]);
  });

  it("keeps an edited text, and its key, until the server has answered", async () => {
    const edit = () => sendQuestion("s", { text: "hi", replaceFrom: "q1" }, CHOICE, "a0");
    const lost = fakeFetch("unreachable");
    await settle(edit());
    expect(unanswered("s")).toMatchObject({ text: "hi", replaceFrom: "q1" });
    const again = fakeFetch(OK);
    await settle(edit());
    expect(keysOf(again)[0]).toBe(keysOf(lost)[0]);
    expect(unanswered("s")).toBeNull();
  });

  it("answers a question again that is not shown", async () => {
    const fetch = fakeFetch(OK);
    const version = { id: "q9", text: "edited" };
    await settle(sendQuestion("s", { text: null, replaceFrom: "q1", version }, CHOICE, "a0"));
    const body = JSON.parse(String(fetch.mock.calls[0]?.[1]?.body));
    expect(body).toEqual({ session_id: "s", parent_id: "q9", role: "teacher", model: "m" });
    expect(unanswered("s")).toBeNull();
  });

  it("takes a new key for another text", async () => {
    const lost = fakeFetch("unreachable");
    await settle(ask("hi"));
    const other = fakeFetch(OK);
    await settle(ask("something else"));
    expect(keysOf(other)[0]).not.toBe(keysOf(lost)[0]);
  });

  it("repeats what a proxy in between could not pass on", async () => {
    const fetch = fakeFetch({ status: 502, body: "Bad Gateway" }, OK);
    expect(await settle(ask("hi"))).toEqual({ turnId: "s.1", waits: false });
    expect(new Set(keysOf(fetch)).size).toBe(1);
  });

  it("does not repeat a refusal, and lets go of its key", async () => {
    const fetch = fakeFetch({ status: 503, body: { code: "queue_full", detail: "full" } });
    expect(await settle(ask("hi"))).toMatchObject({ code: "queue_full" });
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(unanswered("s")).toBeNull();
  });
});

describe("hasArrived", () => {
  const kept = { key: "k", text: "continue", after: "a1", replaceFrom: null };
  const message = (id: string, role: "user" | "assistant", content: string) => ({
    id,
    role,
    content,
    timestamp: 0,
  });

  it("finds the question after the newest message known when it was sent", () => {
    const before = [message("q1", "user", "continue"), message("a1", "assistant", "ok")];
    expect(hasArrived(kept, before, false)).toBe(false);
    expect(hasArrived({ ...kept, replaceFrom: "q1" }, before, false)).toBe(false);
    expect(hasArrived({ ...kept, replaceFrom: "q0" }, before, false)).toBe(true);
    expect(hasArrived(kept, [...before, message("q2", "user", "continue")], false)).toBe(true);
  });

  it("finds it among the questions that wait, but for those that did before", () => {
    const waiting = (turn_id: string) => ({
      turn_id,
      message: "continue",
      asked_at: 0,
      attachments: [],
      role: "",
      model: "",
    });
    expect(hasArrived(kept, [], false, [waiting("s.2")])).toBe(true);
    const second = { ...kept, before: ["s.2"] };
    expect(hasArrived(second, [], false, [waiting("s.2")])).toBe(false);
    expect(hasArrived(second, [], false, [waiting("s.2"), waiting("s.3")])).toBe(true);
    const asked = { ...message("q2", "user", "continue"), turn_id: "s.2" };
    expect(hasArrived(second, [asked], false)).toBe(false);
  });

  it("does not take a replaced message for gone that may be on an earlier page", () => {
    const newest = [message("q8", "user", "hi"), message("a8", "assistant", "ok")];
    const edited = { ...kept, replaceFrom: "q1" };
    expect(hasArrived(edited, newest, true)).toBe(false);
    expect(hasArrived(edited, newest, false)).toBe(true);
    expect(hasArrived(edited, [message("q9", "user", "continue")], true)).toBe(true);
  });
});

describe("a question with files", () => {
  const files = [aPicture("p")];
  const kept = { key: "k", text: "look", files, after: null, replaceFrom: null };
  const asked = { id: "q1", role: "user", content: "look", timestamp: 1 } as const;

  it("sends their ids, and none where it is answered again", async () => {
    const fetch = fakeFetch({ status: 202, body: { turn_id: "s.1" } });
    const choice = { role: undefined, model: undefined };
    await sendQuestion("s", { text: "look", files, replaceFrom: null }, choice, null);
    await sendQuestion("s", { text: null, files, replaceFrom: "a1" }, choice, null);
    const bodies = fetch.mock.calls.map(([, init]) => JSON.parse(String(init?.body)));
    expect(bodies.map(({ attachments }) => attachments)).toEqual([["p"], undefined]);
  });

  it("is not the same as one with others", () => {
    keepSend("s", kept);
    const same = { text: "look", files, replaceFrom: null };
    expect(keptKey("s", same)).toBe("k");
    expect(keptKey("s", { ...same, files: [aPicture("other")] })).toBeNull();
    expect(hasArrived(kept, [asked], false)).toBe(false);
    expect(hasArrived(kept, [{ ...asked, attachments: files }], false)).toBe(true);
  });
});
