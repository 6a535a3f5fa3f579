import { createContext, useContext } from "react";
import type { Feedback, Persona } from "../../api/schemas";
import type { ReplyEntry } from "../../state/entries";
import type { Using } from "../../state/sendQuestion";

/** What can be done with replies of the open conversation. */
export interface ReplySteps {
  personas: Record<string, Persona>;
  /** Answers a question again by another model or persona. */
  againWith: (entry: ReplyEntry, using: Using) => void;
  /** Has a reply go on that stopped early. */
  goOn: (entry: ReplyEntry) => void;
  /** Votes on a reply, or (null) takes the vote back. Returns whether the server has it. */
  vote: (messageId: string, feedback: Feedback | null) => Promise<boolean>;
}

/** Null where a reply is shown outside of a conversation. */
export const ReplyStepsContext = createContext<ReplySteps | null>(null);

export const useReplySteps = () => useContext(ReplyStepsContext);
