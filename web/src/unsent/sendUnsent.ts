import { openTurn, startSession } from "../api/chat";
import { faultOf, Problem } from "../api/http";
import type { TurnRequest } from "../api/schemas";
import { canShare, takeFreeLock } from "../tabs/lock";
import { changeUnsent, nextOf, readUnsent, type Unsent, unsent } from "./unsent";

/** The server cannot be reached, or says that it cannot work now: the question stays as it is. */
export const isAway = (error: unknown) => error instanceof Problem && error.isTransient;

export interface SentListener {
  /** The session of questions that began a new chat. */
  onBegun: (sessionId: string) => void;
  onSent: (sessionId: string) => void;
}

function requestOf({ text, files, role, model, thinking }: Unsent, sessionId: string): TurnRequest {
  return {
    session_id: sessionId,
    message: text,
    ...(files.length > 0 ? { attachments: files.map(({ id }) => id) } : {}),
    ...(role ? { role } : {}),
    ...(model ? { model } : {}),
    ...(thinking === undefined ? {} : { thinking }),
  };
}

/** Opens the question's turn; while another reply runs it waits for that. All tries have the same key. */
async function ask(question: Unsent, sessionId: string): Promise<void> {
  const request = requestOf(question, sessionId);
  try {
    await openTurn(request, question.key);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "turn_running") throw error;
    await openTurn({ ...request, when_busy: "wait" }, question.key);
  }
}

async function send(question: Unsent, { onBegun, onSent }: SentListener): Promise<void> {
  let { place } = question;
  if (place === null) {
    place = (await startSession(question.role)).session_id;
    changeUnsent({ type: "begun", sessionId: place });
    onBegun(place);
  }
  await ask(question, place);
  changeUnsent({ type: "remove", key: question.key });
  onSent(place);
}

let isSending = false;

/** Sends the questions one after another, in one tab at a time, until one cannot be sent. */
export async function sendAll(listener: SentListener): Promise<void> {
  if (isSending) return;
  isSending = true;
  const lock = canShare() ? await takeFreeLock(["holdfast.unsent"]) : null;
  try {
    if (canShare() && !lock) return;
    for (;;) {
      readUnsent();
      const question = nextOf(unsent.get(), Date.now());
      if (!question) return;
      try {
        await send(question, listener);
      } catch (error) {
        if (isAway(error)) return;
        changeUnsent({ type: "refused", key: question.key, fault: faultOf(error) });
      }
    }
  } finally {
    lock?.release();
    isSending = false;
  }
}
