import { createContext } from "react";
import { isTouch } from "./touch";

export const DEFAULT_LIMIT = 8_000;

/** The longest message in characters; the server tells its own. */
export const MessageLimit = createContext(DEFAULT_LIMIT);

/** From this share of the limit on the counter shows. */
export const NEAR_LIMIT = 0.9;

/** Characters as the server counts them: code points, not UTF-16 units. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

type Keystroke = Pick<KeyboardEvent, "key" | "shiftKey" | "isComposing" | "keyCode">;

/**
 * Enter sends, except while an input method is composing: there it picks a candidate. Safari ends the
 * composition before that keydown, which then shows only in its key code 229. On a touch
 * screen Enter breaks the line, and the button sends.
 */
export function isSendKey({ key, shiftKey, isComposing, keyCode }: Keystroke): boolean {
  return key === "Enter" && !shiftKey && !isComposing && keyCode !== 229 && !isTouch();
}
