import { recall, remember } from "../lib/storage";

const name = (sessionId: string | null) => `draft.${sessionId ?? "new"}`;

export const draftOf = (sessionId: string | null) => recall(name(sessionId)) ?? "";

export const keepDraft = (sessionId: string | null, text: string) =>
  remember(name(sessionId), text);

export const forgetDraft = (sessionId: string) => keepDraft(sessionId, "");

/** Moves the draft of the new chat to its session. */
export function moveDraft(sessionId: string): void {
  keepDraft(sessionId, draftOf(null));
  keepDraft(null, "");
}

/** Puts a text that could not be sent before text typed since. */
export const joined = (lost: string, typed: string) => (typed ? `${lost}\n${typed}` : lost);

/** Accepts a text for the open composer; returns false if that belongs to another session. */
type Receiver = (sessionId: string | null, lost: string) => boolean;

const receivers = new Set<Receiver>();

export function onReturnedText(receiver: Receiver): () => void {
  receivers.add(receiver);
  return () => void receivers.delete(receiver);
}

/** Returns an unsent text to its session's draft, on the page or in storage. */
export function returnToDraft(sessionId: string | null, lost: string): void {
  for (const receive of receivers) if (receive(sessionId, lost)) return;
  keepDraft(sessionId, joined(lost, draftOf(sessionId)));
}
