import { expect, test } from "vitest";
import { type Plug, reducePlug } from "./plug";
import { advance, newReply, type Reply } from "./reply";

const writing: Reply = { ...newReply("turn", 0), text: "half", phase: "streaming", seq: 5 };

function killedAt(now: number): Plug | null {
  const pulled = reducePlug(null, { type: "pulled", reply: writing, now: 0 });
  return reducePlug(pulled, { type: "killed", now });
}

const see = (plug: Plug | null, reply: Reply | null, now: number) =>
  reducePlug(plug, { type: "observed", reply, now });

test("a reply that goes on says after how many seconds and characters", () => {
  const resumed = advance(writing, { type: "resume", attempt: 2 }, 6, 0);
  const more = advance(resumed, { type: "chunk", content: " whole" }, 7, 0);
  const plug = see(see(killedAt(1000), writing, 2000), more, 4200);
  expect(plug).toMatchObject({ phase: "resumed", characters: 4, seconds: 3.2 });
});

test("a reply that begins again is said to", () => {
  const restarted = advance(writing, { type: "restart", attempt: 2 }, 6, 0);
  expect(see(killedAt(0), restarted, 1000)).toMatchObject({ phase: "restarted", seconds: 1 });
});

test("what happened stays when the reply has ended", () => {
  const resumed = advance(writing, { type: "resume", attempt: 2 }, 6, 0);
  const plug = see(killedAt(0), resumed, 1000);
  expect(see(plug, null, 9000)).toBe(plug);
});

test("a reply that was whole at the kill is said to be", () => {
  expect(see(killedAt(0), null, 1000)).toMatchObject({ phase: "ended" });
});

test("the line goes with the next question, and at a refusal", () => {
  expect(see(killedAt(0), newReply("another", 0), 1000)).toBeNull();
  expect(reducePlug(killedAt(0), { type: "refused" })).toBeNull();
});
