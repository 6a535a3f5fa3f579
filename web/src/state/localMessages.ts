import type { Attachment, Message } from "../api/schemas";
import { storedSteps } from "./calls";
import type { Reply } from "./reply";

/** The id of a question that the server has not accepted yet. */
export const PENDING = "local:pending";

/** Whether a message is shown before the server's copy was read, and therefore has no server id. */
export const isLocal = (message: Message) => message.id.startsWith("local:");

/** Returns the id of the newest message that the server has. */
export const newestOf = (messages: readonly Message[]) =>
  messages.findLast((message) => !isLocal(message))?.id ?? null;

/** Converts a finished reply that the history does not contain yet to a message. */
export function messageOf({
  turnId,
  text,
  calls,
  steps,
  messageId,
  finishReason,
}: Reply): Message[] {
  if (!text && calls.length === 0 && steps.length === 0) return [];
  const finish_reason = finishReason ?? "error";
  const id = messageId ?? `local:${turnId}`;
  const about = { timestamp: 0, turn_id: turnId, finish_reason };
  const called = calls.length > 0 ? { tool_calls: [...calls] } : storedSteps(steps);
  return [{ id, role: "assistant", content: text, ...about, ...called }];
}

interface Asked {
  text: string;
  files: readonly Attachment[];
  timestamp: number;
}

export function questionOf({ text, files, timestamp }: Asked) {
  const attachments = files.length > 0 ? { attachments: [...files] } : {};
  return { role: "user", content: text, timestamp, ...attachments } as const;
}
