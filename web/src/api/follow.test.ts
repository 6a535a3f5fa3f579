import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeEventSource } from "../testing/fakeEventSource";
import { fakeFetch } from "../testing/fakeFetch";
import { type Follower, followTurn, seqOf } from "./follow";
import type { TurnEvent } from "./schemas";

let follower: Follower;
let seen: TurnEvent[];
let connection: boolean[];
let over: number;
let refusal: string | undefined;

function start(after = 0) {
  follower = followTurn("sid.1", after, {
    onEvent: (event) => seen.push(event),
    onConnection: (open, fault) => {
      connection.push(open);
      refusal = fault?.code;
    },
    onOver: () => over++,
  });
}

const source = () => FakeEventSource.last;
const running = () => fakeFetch({ body: { state: "running" } });

beforeEach(() => {
  vi.useFakeTimers();
  FakeEventSource.all = [];
  vi.stubGlobal("EventSource", FakeEventSource);
  seen = [];
  connection = [];
  over = 0;
  refusal = undefined;
});

afterEach(() => {
  follower.close();
  vi.useRealTimers();
});

describe("followTurn", () => {
  it("reads from the start, and gives each event once", () => {
    start();
    expect(source().url).toBe("/api/chat/turns/sid.1/events");
    source().say(1, { type: "chunk", content: "a" });
    source().say(1, { type: "chunk", content: "a" });
    source().say(2, { type: "chunk", content: "b" });
    expect(seen.map((event) => "content" in event && event.content)).toEqual(["a", "b"]);
  });

  it("goes back with a snapshot, and on from there", () => {
    start();
    source().say(9, { type: "chunk", content: "lost" });
    source().say(4, { type: "snapshot", content: "kept" });
    source().say(5, { type: "chunk", content: " and more" });
    expect(seen.map((event) => "content" in event && event.content)).toEqual([
      "lost",
      "kept",
      " and more",
    ]);
  });

  it.each(["end", "error"])("closes on %s", (type) => {
    start();
    source().say(3, { type });
    expect(source().readyState).toBe(2);
    vi.advanceTimersByTime(600_000);
    expect(FakeEventSource.all).toHaveLength(1);
  });

  it("leaves a dropped connection to the browser", async () => {
    running();
    start();
    source().open();
    source().drop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(FakeEventSource.all).toHaveLength(1);
  });

  it("asks again after its cursor when the server refused, waiting longer each time", async () => {
    running();
    start();
    source().say(7, { type: "chunk", content: "a" });
    source().refuse();
    await vi.advanceTimersByTimeAsync(499);
    expect(FakeEventSource.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(source().url).toBe("/api/chat/turns/sid.1/events?after=7");
    source().refuse();
    await vi.advanceTimersByTimeAsync(999);
    expect(FakeEventSource.all).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeEventSource.all).toHaveLength(3);
  });

  it("hands over to history when the turn has ended and its log cannot be read", async () => {
    fakeFetch({ body: { state: "done" } });
    start();
    source().refuse();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toBe(0);
    source().refuse();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeEventSource.all).toHaveLength(2);
  });

  it("says why the server refuses, and asks again when it may", async () => {
    fakeFetch(
      { body: { state: "running" } },
      { status: 429, body: { code: "too_many_streams" }, headers: { "Retry-After": "30" } },
    );
    start();
    source().refuse();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(refusal).toBe("too_many_streams");
    expect(connection.at(-1)).toBe(false);
    expect(FakeEventSource.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(FakeEventSource.all).toHaveLength(2);
    source().open();
    expect(refusal).toBeUndefined();
  });

  it("stops where the sign-in is no longer valid, until someone comes back to the page", async () => {
    fakeFetch({ status: 401, body: { code: "bad_token" } });
    start();
    source().refuse();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(refusal).toBe("bad_token");
    expect(FakeEventSource.all).toHaveLength(1);
    follower.reconnect();
    expect(FakeEventSource.all).toHaveLength(2);
  });

  it("keeps trying while the state of the turn is unknown", async () => {
    fakeFetch("unreachable");
    start();
    for (let i = 0; i < 6; i++) {
      source().refuse();
      await vi.advanceTimersByTimeAsync(8_000);
    }
    expect(over).toBe(0);
    expect(FakeEventSource.all.length).toBeGreaterThan(5);
  });

  it("says that the connection is lost only when it stays so for a moment", () => {
    start();
    source().open();
    source().drop();
    vi.advanceTimersByTime(300);
    source().open();
    expect(connection).not.toContain(false);
    source().drop();
    vi.advanceTimersByTime(900);
    expect(connection.at(-1)).toBe(false);
    source().open();
    expect(connection.at(-1)).toBe(true);
  });

  it("asks again when a link has been silent for long, and drops the old one", () => {
    start();
    source().open();
    source().say(2, { type: "chunk", content: "a" });
    const silent = source();
    vi.advanceTimersByTime(45_000);
    expect(silent.readyState).toBe(2);
    expect(source().url).toContain("after=2");
  });

  it("reconnects at once when the network is back", () => {
    start(4);
    follower.reconnect();
    expect(FakeEventSource.all).toHaveLength(2);
    expect(source().url).toContain("after=4");
  });

  it("does nothing more after it was closed", async () => {
    running();
    start();
    source().refuse();
    follower.close();
    follower.reconnect();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeEventSource.all).toHaveLength(1);
  });

  it("passes over a message that is not JSON", () => {
    start();
    source().onmessage?.({ data: "{", lastEventId: "sid.1:1" });
    source().say(2, { type: "chunk", content: "b" });
    expect(seen).toHaveLength(1);
  });
});

describe("seqOf", () => {
  it("takes what follows the last colon", () => {
    expect(seqOf("0b1c.2:17")).toBe(17);
    expect(seqOf("")).toBe(0);
    expect(seqOf("x:y")).toBe(0);
  });
});
