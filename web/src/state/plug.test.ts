import { expect, test } from "vitest";
import { type Plug, reducePlug } from "./plug";
import { advance, newReply, type Reply } from "./reply";

const writing: Reply = { ...newReply("turn", 0), text: "half", phase: "streaming", seq: 5 };

function killedAt(now: number, reply: Reply | null = writing): Plug | null {
  const pulled = reducePlug(null, { type: "pulled", sessionId: "s", reply: writing, now: 0 });
  return reducePlug(pulled, { type: "killed", reply, now });
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

test("characters that came before the kill was confirmed are counted", () => {
  const more = advance(writing, { type: "chunk", content: " a word" }, 6, 0);
  expect(killedAt(1000, more)).toMatchObject({ phase: "killed", characters: 11 });
  expect(killedAt(1000, null)).toMatchObject({ phase: "killed", characters: 4 });
});

test("a kill that is confirmed late does not hide what happened", () => {
  const pulled = reducePlug(null, { type: "pulled", sessionId: "s", reply: writing, now: 0 });
  const resumed = see(pulled, advance(writing, { type: "resume", attempt: 2 }, 6, 0), 500);
  expect(reducePlug(resumed, { type: "killed", reply: writing, now: 900 })).toBe(resumed);
  expect(reducePlug(resumed, { type: "dismissed" })).toBeNull();
});
