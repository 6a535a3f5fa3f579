import { describe, expect, it } from "vitest";
import type { Message, OpenQuestion, ReplyStep, TurnEvent } from "../api/schemas";
import { randomFrom } from "../testing/corpus";
import { callState, isWaiting, partsOf, restOf, type Step, stepsOf, storedSteps } from "./calls";
import { advance, newReply, type Reply, withPlace } from "./reply";

const NOW = 1_000_000;
const QUESTION: OpenQuestion = {
  id: "0.3",
  index: 0,
  kind: "input",
  until: 9,
  held: null,
  server: "docs",
  server_title: null,
  name: "read_file",
  title: null,
  arguments: "",
  message: null,
  form: null,
  revision: "0123456789abcdef",
};
const END = { type: "end", session_id: "s", finish_reason: "stop", message_id: "m" } as const;

const play = (events: readonly TurnEvent[], from = newReply("s.1", 0)): Reply =>
  events.reduce((reply, event) => advance(reply, event, reply.seq + 1, NOW), from);

const chunk = (content: string): TurnEvent => ({ type: "chunk", content });
const call = (index: number, more = {}): TurnEvent => ({
  type: "tool_call",
  index,
  id: `c${index}`,
  name: "read_file",
  server: "docs",
  ...more,
});
const said = (index: number, content: string): TurnEvent => ({
  type: "tool_arguments",
  index,
  content,
});
const result = (index: number, more = {}): TurnEvent => ({
  type: "tool_result",
  index,
  status: "ok",
  content: `result ${index}`,
  seconds: 1.5,
  ...more,
});
const asked = (
  index: number,
  state: "asked" | "allowed" | "denied",
  id = `${index}`,
): TurnEvent => ({
  type: "approval",
  id,
  index,
  kind: "call",
  state,
});

/** Returns a random log of a reply that calls tools, and the steps that are stored of it. */
function randomLog(random: () => number): TurnEvent[] {
  const any = (most: number) => Math.floor(random() * most);
  const events: TurnEvent[] = [];
  let index = 0;
  for (let step = 0, steps = 1 + any(3); step < steps; step++) {
    if (step > 0) events.push(chunk("\n\n"));
    for (let count = any(3); count > 0; count--)
      events.push(random() < 0.3 ? { type: "thinking", content: "hm " } : chunk(`t${any(99)} `));
    const first = index;
    for (let count = 1 + any(3); count > 0; count--) {
      events.push(call(index, random() < 0.5 ? { title: "Read", server_title: "D" } : {}));
      for (let parts = any(3); parts > 0; parts--) events.push(said(index, `"${any(9)}",`));
      index += 1;
    }
    events.push({ type: "step", index: step });
    for (let at = first; at < index; at++) {
      const question = random() < 0.4;
      if (question) events.push(asked(at, "asked"));
      const denied = question && random() < 0.3;
      if (question) events.push(asked(at, denied ? "denied" : "allowed"));
      if (!denied) events.push({ type: "tool_start", index: at, at: 1 });
      if (random() < 0.4) events.push({ type: "tool_progress", index: at, progress: 1, total: 2 });
      events.push(result(at, denied ? { status: "denied" } : {}));
    }
  }
  events.push(chunk("\n\n"), chunk("the end"));
  return events;
}

/** Returns what a snapshot says after these events. */
function snapshotOf(reply: Reply): TurnEvent {
  const { text: content, thinking } = reply;
  return { type: "snapshot", content, thinking, ...storedSteps(reply.steps) };
}

/** Returns what is shown, without what only a page knows that has seen each event. */
const shownOf = ({ text, thinking }: Pick<Reply, "text" | "thinking">, steps: readonly Step[]) =>
  partsOf({ text, thinking }, steps).map(({ calls, ...part }) => ({
    ...part,
    calls: calls.map(({ progress: _, since: __, ...known }) => known),
  }));

describe("the steps of a reply", () => {
  it("are the same live, from a snapshot at any place, and stored", () => {
    const random = randomFrom(20);
    for (let round = 0; round < 150; round++) {
      const events = randomLog(random);
      const live = play([...events, END]);
      const cut = Math.floor(random() * events.length);
      const before = play(events.slice(0, cut));
      const late = play([snapshotOf(before), ...events.slice(cut), END]);
      const message = { content: live.text, thinking: live.thinking, ...storedSteps(live.steps) };
      const stored = shownOf(
        { text: message.content, thinking: message.thinking },
        stepsOf(message.steps),
      );
      expect(shownOf(late, late.steps)).toEqual(shownOf(live, live.steps));
      expect(stored).toEqual(shownOf(live, live.steps));
      expect(live.steps.every(({ complete }) => complete)).toBe(true);
    }
  });

  it("begin where the text of the step before ended", () => {
    const reply = play([
      chunk("Let me look."),
      call(0),
      said(0, "{}"),
      { type: "step", index: 0 },
      { type: "tool_start", index: 0 },
      result(0),
      chunk("\n\n"),
      chunk("It is 5."),
    ]);
    expect(partsOf(reply, reply.steps).map(({ text, calls }) => [text, calls.length])).toEqual([
      ["Let me look.", 1],
      ["It is 5.", 0],
    ]);
    expect(reply.text).toBe("Let me look.\n\nIt is 5.");
  });

  it("keep text that a model writes between its calls in their own request", () => {
    const reply = play([
      chunk("a"),
      call(0),
      chunk("b"),
      call(1),
      { type: "step", index: 0 },
      chunk("c"),
    ]);
    expect(reply.steps.map(({ content }) => content)).toEqual(["ab"]);
    expect(restOf(reply, reply.steps).text).toBe("c");
  });

  it("are dropped by a restart and replaced by a snapshot", () => {
    const called = play([call(0), { type: "step", index: 0 }]);
    expect(play([{ type: "restart", attempt: 2 }], called).steps).toEqual([]);
    const snapshot = { type: "snapshot", content: "", thinking: "" } as const;
    expect(play([snapshot], called).steps).toEqual([]);
  });

  it("have a call of a tool that no server has, which the model has made up", () => {
    const reply = play([
      call(0, { server: "" }),
      call(1),
      { type: "step", index: 0 },
      result(0, { status: "error", code: "tool_unknown" }),
      asked(1, "asked"),
    ]);
    expect(reply.calls).toEqual([]);
    expect(reply.steps[0]?.calls.map(({ status, asked: open }) => [status, open.length])).toEqual([
      ["error", 0],
      [undefined, 1],
    ]);
  });

  it("change nothing for an event about a call that is not known", () => {
    const reply = play([call(0), result(7), { type: "tool_start", index: 3 }]);
    expect(reply.steps).toHaveLength(1);
    expect(reply.steps[0]?.calls).toMatchObject([{ started: false }]);
  });

  it("have the reply wait for the model after the last result alone", () => {
    const two = [call(0), call(1), { type: "step", index: 0 } as const];
    expect(play([...two, result(0)]).phase).toBe("streaming");
    const all = play([...two, result(0), result(1)]);
    expect(all.phase).toBe("thinking");
    expect(play([{ type: "resume", attempt: 2 }], all).phase).toBe("thinking");
  });
});

describe("the state of a call", () => {
  const states = (...events: TurnEvent[]) => {
    const { steps } = play(events);
    const { calls, complete } = steps[0] as Step;
    return calls.map((one) => callState(one, true, complete, isWaiting(calls)));
  };

  it.each([
    ["arguments", [call(0), said(0, "{")]],
    ["ready", [call(0), { type: "step", index: 0 }]],
    ["asked", [call(0), { type: "step", index: 0 }, asked(0, "asked")]],
    ["ready", [call(0), { type: "step", index: 0 }, asked(0, "asked"), asked(0, "allowed")]],
    ["running", [call(0), { type: "step", index: 0 }, { type: "tool_start", index: 0 }]],
    ["unknown", [call(0), { type: "step", index: 0 }, result(0, { status: "unknown" })]],
  ] as [string, TurnEvent[]][])("is %s", (state, events) => {
    expect(states(...events)).toEqual([state]);
  });

  it("runs since the call went out, also for a page that comes later", () => {
    const at = NOW / 1000 - 40;
    const runs = (started: number | undefined, from = newReply("s.1", 0)) =>
      play(
        [
          call(0),
          { type: "step", index: 0 },
          { type: "tool_start", index: 0, ...(started ? { at: started } : {}) },
        ],
        from,
      );
    const sinceOf = ({ steps }: Reply) => steps[0]?.calls[0]?.since;
    expect(sinceOf(runs(at))).toBe(NOW - 40_000);
    expect(sinceOf(play([snapshotOf(runs(at))]))).toBe(NOW - 40_000);
    expect(sinceOf(runs(undefined))).toBe(NOW);
    expect(sinceOf(runs(at + 1000))).toBe(NOW);
  });

  const input = (index: number, state: "asked" | "answered", held = false): TurnEvent => ({
    type: "approval",
    id: `${index}.0`,
    index,
    kind: "input",
    state,
    ...(held ? { held } : {}),
  });

  it("is what the reader has said, as long as other calls of the step wait for answers", () => {
    const step: TurnEvent[] = [call(0), call(1), call(2), { type: "step", index: 0 }];
    const questions = [asked(0, "asked"), asked(1, "asked"), asked(2, "asked")];
    const first: TurnEvent[] = [...step, ...questions, asked(0, "allowed"), asked(1, "denied")];
    expect(states(...first)).toEqual(["allowed", "refused", "asked"]);
    expect(states(...first, asked(2, "allowed"))).toEqual(["ready", "refused", "ready"]);
  });

  it("is answered until the call is repeated, as long as another one waits for an answer", () => {
    const start = (index: number): TurnEvent => ({ type: "tool_start", index });
    const step: TurnEvent[] = [call(0), call(1), { type: "step", index: 0 }, start(0), start(1)];
    const first = [...step, input(0, "asked"), input(1, "asked"), input(0, "answered")];
    expect(states(...first)).toEqual(["answered", "asked"]);
    expect(states(...first, input(0, "answered", true))).toEqual(["running", "asked"]);
    expect(states(...first, input(1, "answered"))).toEqual(["running", "running"]);
  });

  it("is not open in a reply that is over", () => {
    const steps: ReplyStep[] = [
      {
        content: "",
        complete: true,
        calls: [
          { id: "a", name: "a", arguments: "", server: "s", started: true },
          { id: "b", name: "b", arguments: "", server: "s", started: false },
        ],
      },
    ];
    const [step] = stepsOf(steps) as [Step];
    expect(step.calls.map((one) => callState(one, false, true))).toEqual(["cut", "skipped"]);
  });

  it("has each question that is open, also those that a snapshot leaves out", () => {
    const reply = play([
      call(0),
      { type: "step", index: 0 },
      asked(0, "asked", "0.1"),
      asked(0, "asked", "0.2"),
      asked(0, "allowed", "0.1"),
    ]);
    expect(reply.steps[0]?.calls[0]?.asked.map(({ id }) => id)).toEqual(["0.2"]);
    const place = { position: null, worker: "absent" } as const;
    expect(withPlace(reply, place).worker).toBeNull();
    const more = { ...QUESTION, held: true };
    const [step] = withPlace(reply, { ...place, approvals: [more, more] }).steps as [Step];
    expect(step.calls[0]?.asked.map(({ id }) => id)).toEqual(["0.2", "0.3"]);
    const { id, index, kind, until, revision } = QUESTION;
    const asks = { id, index, kind, until, revision, state: "asked", held: true };
    expect(step.calls[0]?.asked[1]).toEqual(asks);
  });

  it.each([{ arguments: '{"path":"/b"}' }, { name: "delete_file" }, { server: "files" }])(
    "shows no question about a call that has not come yet: %o",
    (other) => {
      const reply = play([call(0), { type: "step", index: 0 }]);
      const place = { position: null, approvals: [{ ...QUESTION, ...other }] };
      const [step] = withPlace(reply, place).steps as [Step];
      expect(step.calls[0]?.asked).toEqual([]);
    },
  );
});

it("has stored steps without what only a page knows", () => {
  const reply = play([call(0), { type: "tool_start", index: 0 }]);
  const [step] = storedSteps(reply.steps).steps as NonNullable<Message["steps"]>;
  expect(step?.calls[0]).toEqual({
    id: "c0",
    name: "read_file",
    arguments: "",
    server: "docs",
    started: true,
  });
});
