import type { Approval, OpenQuestion } from "../api/schemas";
import { type Call, changed, type Step } from "./calls";

/**
 * Adds questions that the server knows and the steps do not have: a snapshot has one for each call. One about another
 * call is left out: a reply that was made again may have it in this place, and the reader has not seen that yet.
 */
export function withAsked(
  steps: readonly Step[],
  questions: readonly OpenQuestion[],
): readonly Step[] {
  return questions.reduce(
    (known, question) =>
      changed(known, question.index, (call) =>
        call.status || !isAbout(question, call) || call.asked.some(({ id }) => id === question.id)
          ? call
          : { ...call, asked: [...call.asked, approvalOf(question)] },
      ),
    steps,
  );
}

const isAbout = (question: OpenQuestion, call: Call) =>
  question.server === call.server &&
  question.name === call.name &&
  question.arguments === call.arguments;

function approvalOf(question: OpenQuestion): Approval {
  const { id, index, kind, until, held, message, form, revision } = question;
  const more = {
    ...(held ? { held } : {}),
    ...(message ? { message } : {}),
    ...(form ? { form } : {}),
    ...(revision ? { revision } : {}),
  };
  return { id, index, kind, state: "asked", until, ...more };
}
