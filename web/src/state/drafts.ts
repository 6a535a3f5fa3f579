import { recall, remember } from "../lib/storage";

const name = (sessionId: string | null) => `draft.${sessionId ?? "new"}`;

export const draftOf = (sessionId: string | null) => recall(name(sessionId)) ?? "";

export const keepDraft = (sessionId: string | null, text: string) =>
  remember(name(sessionId), text);

export const forgetDraft = (sessionId: string) => keepDraft(sessionId, "");

/** A new chat has become a session; what was typed meanwhile goes along. */
export function moveDraft(sessionId: string): void {
  keepDraft(sessionId, draftOf(null));
  keepDraft(null, "");
}

/** A text that could not be sent stands before whatever was typed since. */
export const joined = (lost: string, typed: string) => (typed ? `${lost}\n${typed}` : lost);

/** Takes a text for the composer that is open; false where another session's is. */
type Taker = (sessionId: string | null, lost: string) => boolean;

const takers = new Set<Taker>();

export function onGivenBack(taker: Taker): () => void {
  takers.add(taker);
  return () => void takers.delete(taker);
}

/** Puts a text that could not be sent back into its session's draft, on the page or in store. */
export function giveBack(sessionId: string | null, lost: string): void {
  for (const take of takers) if (take(sessionId, lost)) return;
  keepDraft(sessionId, joined(lost, draftOf(sessionId)));
}
