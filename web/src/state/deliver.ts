import { openTurn, startSession } from "../api/chat";
import { Problem } from "../api/http";
import type { TurnRequest } from "../api/types";
import { retrying } from "../lib/retry";
import { uuid } from "../lib/uuid";
import { dropSend, keepSend, keptKey, whileUnderWay } from "./outbox";

export interface Question {
  /** Null asks for another reply to the question that is already there. */
  text: string | null;
  /** The message that this one takes the place of, together with all after it. */
  replaceFrom: string | null;
}

/** What was sent decides what has become of it where the server refuses. */
export type SendKind = "new" | "edited" | "again";

export const kindOf = ({ text, replaceFrom }: Question): SendKind =>
  text === null ? "again" : replaceFrom === null ? "new" : "edited";

export interface Choice {
  role: string | undefined;
  model: string | undefined;
}

const isPassing = (error: unknown) => error instanceof Problem && error.passing;

const PLAN = { waits: [500, 1_500, 3_000], worthwhile: isPassing };

/** A session for the first question, which is kept meanwhile: the page may be closed before the answer. */
export async function begin({ text, replaceFrom }: Question, choice: Choice): Promise<string> {
  if (text !== null) keepSend(null, { key: uuid(), text, after: null, replaceFrom });
  try {
    return (await whileUnderWay(null, () => retrying(() => startSession(choice.role), PLAN)))
      .session_id;
  } catch (error) {
    dropSend(null);
    throw error;
  }
}

function requestOf(sessionId: string, question: Question, choice: Choice): TurnRequest {
  return {
    session_id: sessionId,
    ...(question.text === null ? {} : { message: question.text }),
    ...(question.replaceFrom ? { replace_from: question.replaceFrom } : {}),
    ...(choice.role ? { role: choice.role } : {}),
    ...(choice.model ? { model: choice.model } : {}),
  };
}

/** Opens the turn, once: every try, and the next send of the same unanswered text, has the same key. */
export async function deliver(
  sessionId: string,
  question: Question,
  choice: Choice,
  after: string | null,
): Promise<string> {
  const { text, replaceFrom } = question;
  const key = (text !== null && keptKey(sessionId, text, replaceFrom)) || uuid();
  if (text !== null) keepSend(sessionId, { key, text, after, replaceFrom });
  dropSend(null);
  const open = () => openTurn(requestOf(sessionId, question, choice), key);
  try {
    const turn = await whileUnderWay(sessionId, () => retrying(open, PLAN));
    dropSend(sessionId);
    return turn.turn_id;
  } catch (error) {
    // Without an answer nobody knows whether it arrived, so only a refusal lets go of the key.
    if (!isPassing(error)) dropSend(sessionId);
    throw error;
  }
}
