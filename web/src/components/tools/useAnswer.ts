import { useEffect, useState } from "react";
import { type Answer, answerQuestion } from "../../api/approvals";
import type { Fault } from "../../api/fault";
import { faultOf } from "../../api/http";
import type { Approval } from "../../api/schemas";
import { connection, isReachable } from "../../state/connection";
import { useSelected } from "../../state/store";

/**
 * `closed`: it can no longer be answered, for the reason of the fault. `lost`: an answer was given while the server could
 * not be reached.
 */
export type Sending =
  | { phase: "open"; fault: Fault | null; lost: boolean }
  | { phase: "sending" }
  | { phase: "sent" }
  | { phase: "closed"; fault: Fault };

const CLOSED = [
  "approval_answered",
  "approval_changed",
  "approval_expired",
  "unknown_approval",
  "unknown_turn",
  "turn_over",
];

/** Codes of faults that are over once the server can be reached. */
const UNREACHABLE = ["network", "server_unavailable"];

const OPEN: Sending = { phase: "open", fault: null, lost: false };

/** The answer is not sent again by itself: much may have changed since it was given. */
const withConnection = (state: Sending): Sending =>
  state.phase === "open" && state.lost ? { ...state, fault: null } : state;

const afterFault = (fault: Fault): Sending =>
  CLOSED.includes(fault.code)
    ? { phase: "closed", fault }
    : { phase: "open", fault, lost: UNREACHABLE.includes(fault.code) };

export interface Answering {
  state: Sending;
  answer: (given: Omit<Answer, "id" | "revision">) => Promise<void>;
}

/** Sends the answer to a question. It stays until the event arrives that says it was answered. */
export function useAnswer(turnId: string, { id, revision }: Approval): Answering {
  const [state, setState] = useState<Sending>(OPEN);
  const reachable = useSelected(connection, isReachable);
  useEffect(() => {
    if (reachable) setState(withConnection);
  }, [reachable]);
  const answer = async (given: Omit<Answer, "id" | "revision">) => {
    if (state.phase !== "open") return;
    setState({ phase: "sending" });
    try {
      await answerQuestion(turnId, { id, ...(revision ? { revision } : {}), ...given });
      setState({ phase: "sent" });
    } catch (error) {
      setState(afterFault(faultOf(error)));
    }
  };
  return { state, answer };
}
