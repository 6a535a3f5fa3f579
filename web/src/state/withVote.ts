import type { Feedback, Message } from "../api/schemas";
import type { Conversation } from "./conversation";

/** Returns the conversation with what the reader thinks of a reply; null = nothing any more. */
export function withVote(state: Conversation, id: string, feedback: Feedback | null): Conversation {
  const voted = (message: Message) => {
    if (message.id !== id) return message;
    const { feedback: _, ...rest } = message;
    return feedback ? { ...rest, feedback } : rest;
  };
  return { ...state, messages: state.messages.map(voted) };
}
