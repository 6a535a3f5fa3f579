import { describe, expect, it } from "vitest";
import { CONNECTED, type ConnectionEvent, lineOf, reduceConnection } from "./connection";

const OPEN = { type: "stream", stream: "open", refusal: null } as const;
const LOST = { type: "stream", stream: "lost", refusal: null } as const;
const SILENT = { type: "stream", stream: "silent", refusal: null } as const;
const NONE = { type: "stream", stream: null, refusal: null } as const;
const FULL = { code: "too_many_streams", detail: "", retryable: true };
const REFUSED = { type: "stream", stream: "lost", refusal: FULL } as const;

const lineAfter = (...events: (ConnectionEvent | ConnectionEvent["type"])[]) =>
  lineOf(
    events
      .map((event) => (typeof event === "string" ? ({ type: event } as ConnectionEvent) : event))
      .reduce(reduceConnection, CONNECTED),
  );

describe("lineOf", () => {
  it.each<[string, ReturnType<typeof lineAfter>]>([
    ["live", lineAfter()],
    ["live", lineAfter(OPEN)],
    ["reconnecting", lineAfter(OPEN, LOST)],
    ["live", lineAfter(OPEN, LOST, OPEN)],
    ["live", lineAfter(LOST, NONE)],
    ["silent", lineAfter(OPEN, SILENT)],
    ["live", lineAfter(SILENT, OPEN)],
    ["silent", lineAfter("slow")],
    ["live", lineAfter("slow", "answered")],
    ["reconnecting", lineAfter("unreachable")],
    ["live", lineAfter("unreachable", "answered")],
    ["reconnecting", lineAfter("unreachable", "slow")],
    ["refused", lineAfter(REFUSED)],
    ["live", lineAfter(REFUSED, OPEN)],
    ["reconnecting", lineAfter(REFUSED, "unreachable")],
    ["refused", lineAfter({ type: "blocked", fault: FULL }, "answered", OPEN)],
    ["live", lineAfter({ type: "blocked", fault: FULL }, { type: "blocked", fault: null })],
    ["offline", lineAfter("offline")],
    ["offline", lineAfter("offline", "unreachable")],
    ["offline", lineAfter(OPEN, "offline", LOST)],
    ["reconnecting", lineAfter("offline", "online")],
    ["live", lineAfter("offline", "online", "answered")],
    ["live", lineAfter("offline", "unreachable", "online", "unreachable", "answered")],
    // An answer that was on its way arrives late.
    ["offline", lineAfter("offline", "answered", "unreachable")],
    ["offline", lineAfter("offline", "slow")],
    // The browser is mistaken: a reply goes on.
    ["live", lineAfter("offline", OPEN)],
    ["live", lineAfter("offline", "answered")],
    ["live", lineAfter("online")],
  ])("is %s", (line, found) => {
    expect(found).toBe(line);
  });

  it("names a lost stream although other requests are answered", () => {
    expect(lineAfter(OPEN, LOST, "answered")).toBe("reconnecting");
    expect(lineAfter(OPEN, SILENT, "answered")).toBe("silent");
  });
});
