import type { Message } from "../api/schemas";

/** The id of a question that the server has not accepted yet. */
export const PENDING = "local:pending";

/** Whether a message is shown before the server's copy was read, and therefore has no server id. */
export const isLocal = (message: Message) => message.id.startsWith("local:");

/** Returns the id of the newest message that the server has. */
export const newestOf = (messages: readonly Message[]) =>
  messages.findLast((message) => !isLocal(message))?.id ?? null;
