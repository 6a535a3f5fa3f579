import { request } from "./http";

/** The answer to a question about a call. `content`: what was filled in, where the tool asked for something.
 * `revision`: of the question that was shown. */
export interface Answer {
  id: string;
  revision?: string;
  decision: "allow" | "allow_session" | "deny";
  note?: string;
  content?: Record<string, unknown>;
}

/** Answers a question of a turn. Throws `Problem`, with `approval_answered` if another answer was given before. */
export const answerQuestion = (turnId: string, answer: Answer) =>
  request(`/chat/turns/${encodeURIComponent(turnId)}/approvals`, { method: "POST", body: answer });
