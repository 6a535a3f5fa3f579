import { openTurn, startSession } from "../api/chat";
import { Problem } from "../api/http";
import type { SessionSettings, StoredFile, TurnRequest } from "../api/schemas";
import { retrying } from "../lib/retry";
import { uuid } from "../lib/uuid";
import { dropSend, keepSend, keptKey, whileInFlight } from "./outbox";

export interface Question {
  /** Null requests another reply to the stored question. */
  text: string | null;
  files?: readonly StoredFile[];
  /** The message that this one replaces, with all later ones. */
  replaceFrom: string | null;
  /** The version of the message `replaceFrom` that is answered again, although it is not shown. */
  version?: { id: string; text: string };
  /** Whether the reply `replaceFrom` goes on, instead of being made again. */
  continues?: boolean;
  /** Another model or persona than the ones chosen for the conversation. */
  using?: Using;
}

export interface Using {
  model?: string;
  role?: string;
}

/** The turn of a question; `waits`: the reply before it has not ended yet. */
export interface Asked {
  turnId: string;
  waits: boolean;
}

/** The kind of send, which decides where the text is after a refusal. */
export type SendKind = "new" | "edited" | "again";

export const kindOf = ({ text, replaceFrom }: Question): SendKind =>
  text === null ? "again" : replaceFrom === null ? "new" : "edited";

export interface Choice {
  role: string | undefined;
  model: string | undefined;
  /** Undefined where the model has no switch. */
  thinking?: boolean | undefined;
  /** What is set for a conversation that begins; undefined where nothing is. */
  settings?: SessionSettings | undefined;
}

const isTransient = (error: unknown) => error instanceof Problem && error.isTransient;

const PLAN = { waits: [500, 1_500, 3_000], worthwhile: isTransient };

/** Starts a session for the first question. Stores the question, because the page may be closed meanwhile. */
export async function beginSession(
  { text, files = [], replaceFrom }: Question,
  choice: Choice,
): Promise<string> {
  if (text !== null) keepSend(null, { key: uuid(), text, files, after: null, replaceFrom });
  try {
    return (
      await whileInFlight(null, () =>
        retrying(() => startSession(choice.role, choice.settings), PLAN),
      )
    ).session_id;
  } catch (error) {
    dropSend(null);
    throw error;
  }
}

/**
 * Where the question or reply belongs. A new question waits while a reply runs; only then `when_busy` is sent, because
 * the API of an earlier release refuses it.
 */
function placeOf(
  { text, replaceFrom, version, continues }: Question,
  busy: boolean,
): Partial<TurnRequest> {
  if (version) return { parent_id: version.id };
  if (replaceFrom && continues) return { continue_from: replaceFrom };
  if (replaceFrom) return { replace_from: replaceFrom };
  return text !== null && busy ? { when_busy: "wait" } : {};
}

/** What is asked; the API of an earlier release refuses a request with `attachments`. */
function contentOf({ text, files = [] }: Question): Partial<TurnRequest> {
  if (text === null) return {};
  return { message: text, ...(files.length > 0 ? { attachments: files.map(({ id }) => id) } : {}) };
}

function requestOf(
  sessionId: string,
  question: Question,
  choice: Choice,
  busy: boolean,
): TurnRequest {
  return {
    session_id: sessionId,
    ...contentOf(question),
    ...placeOf(question, busy),
    ...(question.continues ? {} : choiceOf(choice)),
  };
}

/** What answers; a reply that goes on does so by its own persona and model. */
const choiceOf = ({ role, model, thinking }: Choice): Partial<TurnRequest> => ({
  ...(role ? { role } : {}),
  ...(model ? { model } : {}),
  ...(thinking === undefined ? {} : { thinking }),
});

/**
 * Opens a turn exactly once: all tries, and a repetition of the same unanswered text, use the same key. `after`: the
 * newest stored message; `before`: the turns that run or wait.
 */
export async function sendQuestion(
  sessionId: string,
  question: Question,
  choice: Choice,
  after: string | null,
  before: readonly string[] = [],
): Promise<Asked> {
  const { text, files = [], replaceFrom } = question;
  const key = (text !== null && keptKey(sessionId, { text, files, replaceFrom })) || uuid();
  if (text !== null) keepSend(sessionId, { key, text, files, after, replaceFrom, before });
  dropSend(null);
  const open = () => openTurn(requestOf(sessionId, question, choice, before.length > 0), key);
  try {
    const turn = await whileInFlight(sessionId, () => retrying(open, PLAN));
    dropSend(sessionId);
    return { turnId: turn.turn_id, waits: Boolean(turn.waits) };
  } catch (error) {
    // Without an answer it is unknown whether the request arrived, so only a refusal removes the key.
    if (!isTransient(error)) dropSend(sessionId);
    throw error;
  }
}
