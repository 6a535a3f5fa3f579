import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeEventSource } from "../testing/fakeEventSource";
import { fakeFetch } from "../testing/fakeFetch";
import { type Follower, followTurn, type StreamState } from "./follow";
import type { TurnEvent } from "./schemas";
import { seqOf } from "./sse";

let follower: Follower;
let seen: TurnEvent[];
let connection: StreamState[];
let over: number;
let refusal: string | undefined;

function start(after = 0) {
  follower = followTurn("sid.1", after, {
    onEvent: (event) => seen.push(event),
    onConnection: (state, fault) => {
      connection.push(state);
      refusal = fault?.code;
    },
    onOver: () => over++,
  });
}

const source = () => FakeEventSource.last;
const running = () => fakeFetch({ body: { state: "running" } });

beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
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
    expect(source().url).toBe("/api/chat/turns/sid.1/events?ping=event");
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
    expect(source().url).toBe("/api/chat/turns/sid.1/events?after=7&ping=event");
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
    expect(connection.at(-1)).toBe("lost");
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
    expect(connection).not.toContain("lost");
    source().drop();
    vi.advanceTimersByTime(900);
    expect(connection.at(-1)).toBe("lost");
    source().open();
    expect(connection.at(-1)).toBe("open");
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

  it("asks again sooner where pings have come and come no more", () => {
    start();
    source().open();
    source().ping();
    vi.advanceTimersByTime(19_999);
    source().ping();
    vi.advanceTimersByTime(19_999);
    expect(FakeEventSource.all).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeEventSource.all).toHaveLength(2);
  });

  it("says that the server is silent where nothing at all is answered, until it is again", async () => {
    fakeFetch("unreachable");
    start();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(connection.at(-1)).toBe("silent");
    source().open();
    source().ping();
    expect(connection.at(-1)).toBe("open");
  });

  it("reads in short bodies where a proxy holds the stream back, and remembers it", async () => {
    running();
    start();
    source().open();
    await vi.advanceTimersByTimeAsync(4_000);
    const body = 'id: sid.1:1\ndata: {"type":"chunk","content":"a"}\n\n';
    vi.stubGlobal("fetch", async (url: string) => {
      asked.push(url);
      return new Response(asked.length === 1 ? body : "");
    });
    const asked: string[] = [];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(source().readyState).toBe(2);
    expect(seen).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.map((url) => url.split("?")[1])).toEqual(["after=0&wait=15", "after=1&wait=15"]);
    follower.close();
    start(1);
    expect(FakeEventSource.all).toHaveLength(1);
  });

  it("goes on with the stream in another mode, and back", async () => {
    running();
    start(3);
    follower.setMode("short");
    expect(source().readyState).toBe(2);
    await vi.advanceTimersByTimeAsync(1_500);
    follower.setMode("live");
    expect(FakeEventSource.all).toHaveLength(2);
    expect(source().url).toContain("after=3");
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
