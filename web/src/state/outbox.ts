import type { Message } from "../api/types";
import { recall, remember } from "../lib/storage";

/** A message on its way: kept with its idempotency key until the server has answered for it. */
export interface KeptSend {
  key: string;
  text: string;
  /** The newest stored message when it was sent, to tell an equal older question apart. */
  after: string | null;
}

const name = (sessionId: string) => `outbox.${sessionId}`;

export function keepSend(sessionId: string, send: KeptSend): void {
  remember(name(sessionId), JSON.stringify(send));
}

export function dropSend(sessionId: string): void {
  remember(name(sessionId), null);
}

export function unanswered(sessionId: string): KeptSend | null {
  try {
    const kept = JSON.parse(recall(name(sessionId)) ?? "null") as KeptSend | null;
    return typeof kept?.key === "string" && typeof kept.text === "string" ? kept : null;
  } catch {
    return null;
  }
}

/** The key under which this very text was sent without an answer; sending again must use it again. */
export function keptKey(sessionId: string, text: string): string | null {
  const kept = unanswered(sessionId);
  return kept?.text === text ? kept.key : null;
}

/** True where history shows that an unanswered send had arrived after all. */
export function hasArrived(kept: KeptSend, messages: readonly Message[]): boolean {
  const known = messages.findIndex(({ id }) => id === kept.after);
  return messages
    .slice(known + 1)
    .some(({ role, content }) => role === "user" && content === kept.text);
}
