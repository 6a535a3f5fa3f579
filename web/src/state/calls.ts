import type { Approval, ReplyStep, ServerCall, TurnEvent } from "../api/schemas";
import { toolName } from "../lib/visibleText";

/** How far a call is, in the server's own unit. */
export interface CallProgress {
  progress: number;
  /** Null if it is not known. */
  total: number | null;
  message: string;
}

/** A call of a tool server's tool, with what is known of it only while the reply runs. */
export interface Call extends ServerCall {
  /** Its open questions. */
  asked: readonly Approval[];
  progress: CallProgress | null;
  /** When it went out, in milliseconds since the epoch by this page's clock; null if it does not run. */
  since: number | null;
}

/** One request to the model that has called tools, with its calls. `complete`: the calls are whole. */
export interface Step extends Omit<ReplyStep, "calls"> {
  calls: readonly Call[];
}

export const NO_STEPS: readonly Step[] = [];

type ToolEvent = Extract<
  TurnEvent,
  {
    type:
      | "tool_call"
      | "tool_arguments"
      | "step"
      | "tool_start"
      | "tool_progress"
      | "tool_result"
      | "approval";
  }
>;

/** Returns the calls of all steps, in the order of their index. */
export const callsOf = (steps: readonly Step[]): readonly Call[] =>
  steps.flatMap(({ calls }) => calls);

type Named = Pick<ServerCall, "name" | "title" | "server" | "server_title">;

/** Returns the name of a call's tool for people. */
export const nameOf = ({ title, name }: Pick<Named, "name" | "title">) => toolName(title || name);

/** Returns the name of a call's server for people. */
export const serverOf = ({ server_title, server }: Pick<Named, "server" | "server_title">) =>
  toolName(server_title || server);

/** Returns stored steps, or those of a snapshot, as the page shows them. */
export function stepsOf(steps: readonly ReplyStep[] | null | undefined, now: number | null = null) {
  if (!steps || steps.length === 0) return NO_STEPS;
  return steps.map(
    (step): Step => ({ ...step, calls: step.calls.map((call) => shown(call, now)) }),
  );
}

function shown(call: ServerCall, now: number | null): Call {
  const { approval } = call;
  const asked = approval?.state === "asked" ? [approval] : [];
  const runs = call.started && !call.status;
  return { ...call, asked, progress: null, since: runs ? sinceOf(call.started_at, now) : null };
}

/** Returns when a call went out. Clocks of workers may be ahead of this page's. */
const sinceOf = (at: number | null | undefined, now: number | null) =>
  now === null ? null : Math.min(now, (at ?? Number.POSITIVE_INFINITY) * 1000);

/** Returns the steps that a stored reply has; none where no request called tools. */
export function storedSteps(steps: readonly Step[]): { steps?: ReplyStep[] } {
  if (steps.length === 0) return {};
  const stored = steps.map(({ calls, ...step }) => ({
    ...step,
    calls: calls.map(({ asked: _, progress: __, since: ___, ...call }) => call),
  }));
  return { steps: stored };
}

/** The text and the thinking of a reply so far. */
interface Written {
  text: string;
  thinking: string;
}

/** Returns what of the text and thinking comes after those of the steps, and so belongs to a later request. */
export function restOf(
  { text, thinking }: Written,
  steps: readonly Pick<ReplyStep, "content" | "thinking">[],
): Written {
  const before = steps.map((step) => step.content).join("");
  const thoughts = steps.map((step) => step.thinking ?? "").join("");
  return {
    text: text.startsWith(before) ? text.slice(before.length) : text,
    thinking: thinking.startsWith(thoughts) ? thinking.slice(thoughts.length) : thinking,
  };
}

/** Adds text to the request that is being answered, if that has called tools already. */
export function withText(
  steps: readonly Step[],
  added: { content?: string; thinking?: string },
): readonly Step[] {
  const last = steps.at(-1);
  if (!last || last.complete) return steps;
  const thinking = (last.thinking ?? "") + (added.thinking ?? "");
  const content = last.content + (added.content ?? "");
  return [...steps.slice(0, -1), { ...last, content, ...(thinking ? { thinking } : {}) }];
}

/** Applies an event about a call. One about a call that is not known changes nothing. */
export function withToolEvent(
  steps: readonly Step[],
  event: ToolEvent,
  written: Written,
  now: number,
): readonly Step[] {
  if (event.type === "tool_call") return withCall(steps, event, written);
  if (event.type === "step") return completed(steps);
  return changed(steps, event.index, (call) => after(call, event, now));
}

function withCall(
  steps: readonly Step[],
  {
    id,
    name,
    server = "",
    title,
    server_title,
    extra_content,
  }: Extract<ToolEvent, { type: "tool_call" }>,
  written: Written,
): readonly Step[] {
  const titles = { ...(title ? { title } : {}), ...(server_title ? { server_title } : {}) };
  const more = { ...titles, ...(extra_content ? { extra_content } : {}) };
  const call = shown({ id, name, arguments: "", server, started: false, ...more }, null);
  const last = steps.at(-1);
  if (last && !last.complete)
    return [...steps.slice(0, -1), { ...last, calls: [...last.calls, call] }];
  const { text, thinking } = restOf(written, steps);
  const step = { content: text, ...(thinking ? { thinking } : {}), calls: [call], complete: false };
  return [...steps, step];
}

function completed(steps: readonly Step[]): readonly Step[] {
  const last = steps.at(-1);
  return last ? [...steps.slice(0, -1), { ...last, complete: true }] : steps;
}

/** Changes the call with this index, counted over all steps. */
export function changed(
  steps: readonly Step[],
  index: number,
  change: (call: Call) => Call,
): readonly Step[] {
  let first = 0;
  return steps.map((step) => {
    const at = index - first;
    first += step.calls.length;
    const call = step.calls[at];
    if (!call) return step;
    return { ...step, calls: step.calls.map((one) => (one === call ? change(call) : one)) };
  });
}

type CallEvent = Exclude<ToolEvent, { type: "tool_call" | "step" }>;

function after(call: Call, event: CallEvent, now: number): Call {
  switch (event.type) {
    case "tool_arguments":
      return { ...call, arguments: call.arguments + event.content };
    case "tool_start":
      return {
        ...call,
        started: true,
        ...(event.at ? { started_at: event.at } : {}),
        since: sinceOf(event.at, now),
      };
    case "tool_progress": {
      const { progress, total = null, message = "" } = event;
      return { ...call, progress: { progress, total, message } };
    }
    case "tool_result": {
      const { type: _, index: __, ...result } = event;
      return { ...call, ...result, asked: [], progress: null, since: null };
    }
    case "approval": {
      const { type: _, ...approval } = event;
      const others = call.asked.filter(({ id }) => id !== approval.id);
      return {
        ...call,
        approval,
        asked: approval.state === "asked" ? [...others, approval] : others,
      };
    }
  }
}

/**
 * What a call is doing, or how it ended. `allowed`, `refused`, `answered`: what the reader has said about it, which has
 * had no effect yet. `cut` and `skipped`: the reply ended before it had a result, or began.
 */
export type CallState =
  | "arguments"
  | "ready"
  | "asked"
  | "allowed"
  | "refused"
  | "answered"
  | "running"
  | "ok"
  | "error"
  | "denied"
  | "unknown"
  | "limit"
  | "cut"
  | "skipped";

/** `waiting`: whether calls of its step wait for answers (`isWaiting`). */
export function callState(
  call: Call,
  live: boolean,
  complete: boolean,
  waiting = false,
): CallState {
  if (call.status) return call.status;
  if (!live) return call.started ? "cut" : "skipped";
  if (call.asked.length > 0) return "asked";
  const said = saidOf(call);
  if (said === "refused" || (said && waiting)) return said;
  if (call.started) return "running";
  return complete ? "ready" : "arguments";
}

/** Whether one of these calls has an open question. */
export const isWaiting = (calls: readonly Call[]) =>
  calls.some(({ asked, status }) => asked.length > 0 && !status);

/** Returns what the reader has said about a call that has not gone out since. */
function saidOf({ approval, started }: Call): "allowed" | "refused" | "answered" | null {
  if (approval?.kind === "input") return started && !approval.held ? "answered" : null;
  if (!approval || started) return null;
  return approval.state === "denied" ? "refused" : "allowed";
}

/** What a reply waits for: a person, a tool, or (null) the model. */
export function awaitedOf(steps: readonly Step[]): "answer" | "tool" | null {
  const last = steps.at(-1);
  if (!last) return null;
  if (isWaiting(last.calls)) return "answer";
  return last.complete && last.calls.some(({ status }) => !status) ? "tool" : null;
}

interface OpenQuestion {
  call: Call;
  approval: Approval;
}

/** Returns the open questions, each with its call. */
export const questionsOf = (steps: readonly Step[]): readonly OpenQuestion[] =>
  callsOf(steps)
    .filter(({ status }) => !status)
    .flatMap((call) => call.asked.map((approval) => ({ call, approval })));

export const openQuestion = (steps: readonly Step[]) => questionsOf(steps)[0] ?? null;

/** A part of a reply as it is shown: what the model wrote in one request, then the calls that it made. */
export interface Part extends Written {
  calls: readonly Call[];
  complete: boolean;
}

/** Returns the parts of a reply: its steps, and what was written after them. */
export function partsOf(written: Written, steps: readonly Step[]): Part[] {
  const asked = steps.map(
    ({ content, thinking = "", calls, complete }): Part => ({
      text: content,
      thinking,
      calls,
      complete,
    }),
  );
  const parts = [...asked, { ...restOf(written, steps), calls: [], complete: false }];
  return parts.map((part, index) => (index === 0 ? part : { ...part, text: trimmed(part.text) }));
}

/** The worker writes empty lines between the texts of two steps. */
export const trimmed = (text: string) => text.replace(/^\n+/, "");
