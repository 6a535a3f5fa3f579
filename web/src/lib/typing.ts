import { createContext } from "react";
import { isTouch } from "./pointer";

export const DEFAULT_LIMIT = 8_000;

/** Maximum length of a message in characters, until the server sends its own. */
export const MessageLimit = createContext(DEFAULT_LIMIT);

/** Share of the limit from which on the counter is shown. */
export const NEAR_LIMIT = 0.9;

/** Counts characters as the server does: code points, not UTF-16 units. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

type Keystroke = Pick<KeyboardEvent, "key" | "shiftKey" | "isComposing" | "keyCode">;

/**
 * Whether a key sends the message: Enter, except while an input method is composing, where it picks a candidate.
 * Safari ends the composition before that keydown, which can then be recognised only by its key code 229. On a
 * touch screen Enter inserts a line break, and the button sends.
 */
export function isSendKey({ key, shiftKey, isComposing, keyCode }: Keystroke): boolean {
  return key === "Enter" && !shiftKey && !isComposing && keyCode !== 229 && !isTouch();
}
