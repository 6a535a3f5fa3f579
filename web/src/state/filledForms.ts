import type { Values } from "./inputForm";

/** What was filled into forms that are not sent yet: only on this page, because it may be private. */
const filled = new Map<string, Values>();

/** `question`: the turn, with the id and the revision of the question. */
export const filledIn = (question: string): Values | undefined => filled.get(question);

export const keepFilled = (question: string, values: Values) => filled.set(question, values);

export const forgetFilled = (question: string) => filled.delete(question);
