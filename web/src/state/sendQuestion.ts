import { openTurn, startSession } from "../api/chat";
import { Problem } from "../api/http";
import type { TurnRequest } from "../api/schemas";
import { retrying } from "../lib/retry";
import { uuid } from "../lib/uuid";
import { dropSend, keepSend, keptKey, whileInFlight } from "./outbox";

export interface Question {
  /** Null requests another reply to the stored question. */
  text: string | null;
  /** The message that this one replaces, with all later ones. */
  replaceFrom: string | null;
}

/** The kind of send, which decides where the text is after a refusal. */
export type SendKind = "new" | "edited" | "again";

export const kindOf = ({ text, replaceFrom }: Question): SendKind =>
  text === null ? "again" : replaceFrom === null ? "new" : "edited";

export interface Choice {
  role: string | undefined;
  model: string | undefined;
}

const isTransient = (error: unknown) => error instanceof Problem && error.isTransient;

const PLAN = { waits: [500, 1_500, 3_000], worthwhile: isTransient };

/** Starts a session for the first question. Stores the question, because the page may be closed meanwhile. */
export async function beginSession(
  { text, replaceFrom }: Question,
  choice: Choice,
): Promise<string> {
  if (text !== null) keepSend(null, { key: uuid(), text, after: null, replaceFrom });
  try {
    return (await whileInFlight(null, () => retrying(() => startSession(choice.role), PLAN)))
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

/** Opens a turn exactly once: all tries, and a repetition of the same unanswered text, use the same key. */
export async function sendQuestion(
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
    const turn = await whileInFlight(sessionId, () => retrying(open, PLAN));
    dropSend(sessionId);
    return turn.turn_id;
  } catch (error) {
    // Without an answer it is unknown whether the request arrived, so only a refusal removes the key.
    if (!isTransient(error)) dropSend(sessionId);
    throw error;
  }
}
