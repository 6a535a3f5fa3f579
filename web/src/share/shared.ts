import type { Fault } from "../api/fault";
import type { SharedMessage, SharedPart } from "../api/schemas";
import { restOf, trimmed } from "../state/calls";

/** What the page of a share link shows. */
export interface Shared {
  phase: "loading" | "ready" | "gone" | "failed";
  title: string;
  kind: SharedPart["kind"];
  /** When the link was made, in seconds since the epoch. */
  createdAt: number;
  messages: readonly SharedMessage[];
  /** Whether there are messages before these. */
  earlier: boolean;
  loadingEarlier: "no" | "loading" | "failed";
  /** Whether a reply to the last message is being written. */
  running: boolean;
  fault: Fault | null;
}

export const NOTHING: Shared = {
  phase: "loading",
  title: "",
  kind: "frozen",
  createdAt: 0,
  messages: [],
  earlier: false,
  loadingEarlier: "no",
  running: false,
  fault: null,
};

export type SharedAction =
  /** The newest messages have come. */
  | { type: "newest"; part: SharedPart }
  | { type: "earlierAsked" }
  /** Messages before one of those that are shown have come. */
  | { type: "earlier"; before: string; part: SharedPart }
  | { type: "earlierFailed" }
  | { type: "failed"; fault: Fault }
  | { type: "again" };

export function reduceShared(state: Shared, action: SharedAction): Shared {
  switch (action.type) {
    case "newest":
      return withNewest(state, action.part);
    case "earlierAsked":
      return { ...state, loadingEarlier: "loading" };
    case "earlier":
      if (state.messages[0]?.id !== action.before) return { ...state, loadingEarlier: "no" };
      return {
        ...state,
        messages: [...action.part.messages, ...state.messages],
        earlier: action.part.has_more,
        loadingEarlier: "no",
      };
    case "earlierFailed":
      return { ...state, loadingEarlier: "failed" };
    case "failed":
      return failed(state, action.fault);
    case "again":
      return NOTHING;
  }
}

/** A link that is revoked takes what is shown with it; other failures leave that as it is. */
function failed(state: Shared, fault: Fault): Shared {
  if (fault.code === "unknown_share") return { ...NOTHING, phase: "gone", fault };
  return state.phase === "ready" ? state : { ...state, phase: "failed", fault };
}

function withNewest(state: Shared, part: SharedPart): Shared {
  const { messages, earlier } = joined(state, part);
  return {
    ...state,
    phase: "ready",
    title: part.title,
    kind: part.kind,
    createdAt: part.created_at,
    messages,
    earlier,
    running: part.is_running,
    fault: null,
  };
}

/** Whether a part goes on after the newest message that is shown; it may also be all that there is. */
export const isContinued = ({ messages, has_more }: SharedPart, newest: string | undefined) =>
  !has_more || messages.some(({ id }) => id === newest);

export type SharedCalls = SharedMessage["steps"][number]["calls"];

/** Returns the texts and the calls of a reply, in the order in which they came. */
export function partsOf({ content, steps = [] }: SharedMessage) {
  const { text } = restOf({ text: content, thinking: "" }, steps);
  const parts: { text: string; calls: SharedCalls }[] = [
    ...steps.map((step) => ({ text: trimmed(step.content), calls: step.calls })),
    { text: trimmed(text), calls: [] },
  ];
  return parts;
}

type Shown = Pick<Shared, "messages" | "earlier">;

/** Puts the newest messages behind the earlier ones. Where none of them is shown, another branch is: only they stay. */
function joined(state: Shared, { messages, has_more }: SharedPart): Shown {
  const first = messages[0]?.id;
  const at = state.messages.findIndex(({ id }) => id === first);
  if (at < 0) return { messages, earlier: has_more };
  const kept = [...state.messages.slice(0, at), ...messages];
  const same = kept.length === state.messages.length && isSameEnd(kept, state.messages);
  return { messages: same ? state.messages : kept, earlier: state.earlier };
}

/** A message does not change, so one with the same id at the end has the same ones before it. */
const isSameEnd = (one: readonly SharedMessage[], other: readonly SharedMessage[]) =>
  one.at(-1)?.id === other.at(-1)?.id;
