import { expect, it } from "vitest";
import { eventsIn } from "./sse";

it("reads the events of a body, without comments, pings and a cut block", () => {
  const body =
    'retry: 1000\n\nevent: ping\ndata: {}\n\nid: s.1:1\ndata: {"type":"start"}\n\n: ping\n\n' +
    'id: s.1:4\r\ndata: {"type":"chunk","content":"a\u2028b"}\r\n\r\nid: s.1:5\ndata: {"type":"end"}\n';
  expect(eventsIn(body)).toEqual([
    { seq: 1, event: { type: "start" } },
    { seq: 4, event: { type: "chunk", content: "a\u2028b" } },
  ]);
});
