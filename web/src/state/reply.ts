import type { Fault } from "../api/fault";
import type {
  FinishReason,
  FunctionCall,
  OpenQuestion,
  Turn,
  TurnEvent,
  Usage,
} from "../api/schemas";
import { awaitedOf, NO_STEPS, type Step, stepsOf, withText, withToolEvent } from "./calls";
import { withAsked } from "./openQuestions";

export type Phase =
  | "queued"
  | "thinking"
  | "streaming"
  | "retrying"
  | "restarted"
  | "done"
  | "stopped"
  | "failed";

export type TurnWorker = NonNullable<Turn["worker"]>;

export interface Retry {
  reason: string;
  /** Time of the next try, in milliseconds since the epoch. */
  due: number;
  /** The id of the model that is asked next, if it is another one. */
  model: string | null;
  /** The id of the model that did not answer, if it is known and another one. */
  failed: string | null;
}

/** A reply that is followed, with the content of its turn's log so far. */
export interface Reply {
  turnId: string;
  seq: number;
  phase: Phase;
  text: string;
  /** The text of an attempt that was lost, until the next one has as much or the reply is over; otherwise empty. */
  previous: string;
  thinking: string;
  /** Calls of tools that another program has offered. */
  calls: readonly FunctionCall[];
  /** The requests to the model that called tools of tool servers. */
  steps: readonly Step[];
  position: number;
  /** Whether a worker has the turn, as the server said since the last event; null if it was not asked. */
  worker: TurnWorker | null;
  retry: Retry | null;
  /** The id of the model that stepped in for the one that was asked, if any. */
  standIn: string | null;
  restarts: number;
  /** How often another worker went on with the text. */
  resumes: number;
  /** Whether a new attempt goes on with the text so far, until its first word. */
  resuming: boolean;
  fault: Fault | null;
  finishReason: FinishReason | null;
  messageId: string | null;
  usage: Usage | null;
  connected: boolean;
  /** Why the server refuses the stream, if it gives a reason. */
  refusal: Fault | null;
  /** Time of the last event, and of the first thinking event, in milliseconds since the epoch. */
  lastEventAt: number;
  thinkingSince: number | null;
  thinkingSeconds: number | null;
}

export function newReply(turnId: string, now = Date.now()): Reply {
  return {
    turnId,
    seq: 0,
    phase: "thinking",
    text: "",
    previous: "",
    thinking: "",
    calls: [],
    steps: NO_STEPS,
    position: 0,
    worker: null,
    retry: null,
    standIn: null,
    restarts: 0,
    resumes: 0,
    resuming: false,
    fault: null,
    finishReason: null,
    messageId: null,
    usage: null,
    connected: true,
    refusal: null,
    lastEventAt: now,
    thinkingSince: null,
    thinkingSeconds: null,
  };
}

export const isOver = (phase: Phase) =>
  phase === "done" || phase === "stopped" || phase === "failed";

/** Returns the next state of a reply. Ignores events already seen. `now` is in milliseconds. */
export function advance(reply: Reply, event: TurnEvent, seq: number, now: number): Reply {
  if (isOver(reply.phase) || (seq <= reply.seq && event.type !== "snapshot")) return reply;
  const next = {
    ...reply,
    resuming: false,
    worker: null,
    ...changes(reply, event, now),
    seq,
    lastEventAt: now,
  };
  return { ...next, previous: previousOf(next) };
}

/** What the server says about a turn that runs. */
export interface Place {
  position: number | null;
  /** That of an earlier release has none. */
  worker?: TurnWorker | null;
  approvals?: readonly OpenQuestion[];
}

/** Applies what the server says about the turn: its place in the queue, and its open questions. */
export function withPlace(reply: Reply, { position, worker = null, approvals = [] }: Place): Reply {
  if (isOver(reply.phase)) return reply;
  if (approvals.length > 0 || awaitedOf(reply.steps) === "answer")
    return { ...reply, worker: null, steps: withAsked(reply.steps, approvals) };
  if (reply.phase === "queued" && position === null && worker !== "awaited" && worker !== "absent")
    return { ...reply, phase: "thinking", worker };
  return { ...reply, position: position ?? 0, worker };
}

/** Returns the lost text while it is longer than the new one of a reply that runs. */
const previousOf = ({ phase, text, previous }: Reply) =>
  isOver(phase) || text.length >= previous.length ? "" : previous;

/** Returns the seconds of thinking, which ends with the first text of the reply. */
function thoughtFor({ thinkingSince, thinkingSeconds }: Reply, now: number): number | null {
  if (thinkingSeconds !== null || thinkingSince === null) return thinkingSeconds;
  return (now - thinkingSince) / 1000;
}

function withRetry(
  { standIn }: Reply,
  { reason, wait_seconds, model }: Extract<TurnEvent, { type: "retry" }>,
  now: number,
): Partial<Reply> {
  const retry = { reason, due: now + wait_seconds * 1000, model: model ?? null, failed: standIn };
  return { phase: "retrying", retry, standIn: model ?? standIn };
}

/** Applies an event about calls of tools. The calls of one reply are those of clients or those of servers, never both. */
function withTool(reply: Reply, event: ToolEvent, now: number): Partial<Reply> {
  const ofClient =
    (event.type === "tool_call" && event.server === undefined) ||
    (event.type === "tool_arguments" && reply.steps.length === 0);
  const made = ofClient
    ? { calls: withCall(reply.calls, event) }
    : { steps: withToolEvent(reply.steps, event, reply, now) };
  const phase = phaseOf({ ...reply, ...made });
  return { ...made, phase, retry: null, ...(phase === "thinking" ? { thinkingSince: null } : {}) };
}

type ToolEvent = Parameters<typeof withToolEvent>[1];

/** After the last result of a step the model is asked again. */
function phaseOf({ steps }: Reply): Phase {
  const answered = steps.at(-1)?.complete && awaitedOf(steps) === null;
  return answered ? "thinking" : "streaming";
}

/** Returns the calls with one more, or with more arguments of one. */
function withCall(calls: readonly FunctionCall[], event: ToolEvent): readonly FunctionCall[] {
  const { index } = event;
  if (event.type === "tool_call") {
    const { id, name } = event;
    return [...calls.slice(0, index), { id, name, arguments: "" }];
  }
  if (event.type !== "tool_arguments") return calls;
  return calls.map((call, place) =>
    place === index ? { ...call, arguments: call.arguments + event.content } : call,
  );
}

function changes(reply: Reply, event: TurnEvent, now: number): Partial<Reply> {
  switch (event.type) {
    case "start":
      return { phase: event.position > 0 ? "queued" : "thinking", position: event.position };
    case "chunk":
      return {
        phase: "streaming",
        text: reply.text + event.content,
        steps: withText(reply.steps, event),
        retry: null,
        thinkingSeconds: thoughtFor(reply, now),
      };
    case "thinking":
      return {
        phase: "thinking",
        thinking: reply.thinking + event.content,
        steps: withText(reply.steps, { thinking: event.content }),
        retry: null,
        thinkingSince: reply.thinkingSince ?? now,
      };
    case "tool_call":
      return { ...withTool(reply, event, now), thinkingSeconds: thoughtFor(reply, now) };
    case "tool_arguments":
    case "step":
    case "tool_start":
    case "tool_progress":
    case "tool_result":
    case "approval":
      return withTool(reply, event, now);
    case "retry":
      return withRetry(reply, event, now);
    case "resume":
      return {
        phase: reply.text || reply.calls.length > 0 ? phaseOf(reply) : "thinking",
        resuming: true,
        resumes: reply.resumes + 1,
        retry: null,
      };
    case "restart":
      return {
        phase: "restarted",
        standIn: null,
        text: "",
        previous: reply.text.length > reply.previous.length ? reply.text : reply.previous,
        thinking: "",
        calls: [],
        steps: NO_STEPS,
        thinkingSince: null,
        thinkingSeconds: null,
        retry: null,
        restarts: reply.restarts + 1,
      };
    case "snapshot": {
      const steps = stepsOf(event.steps, now);
      return {
        phase: phaseOf({ ...reply, steps }),
        text: event.content,
        thinking: event.thinking,
        calls: event.tool_calls ?? [],
        steps,
      };
    }
    case "end":
      return {
        phase: event.finish_reason === "cancelled" ? "stopped" : "done",
        finishReason: event.finish_reason,
        usage: event.usage ?? null,
        messageId: event.message_id ?? null,
        retry: null,
      };
    case "error":
      return {
        phase: "failed",
        fault: { code: event.code, detail: event.content, retryable: event.retryable },
        messageId: event.message_id ?? null,
        retry: null,
      };
    default:
      return {};
  }
}
