import { createContext } from "react";
import { preference } from "../state/preferences";
import { hasKeyboard, isTouch } from "./pointer";

export const DEFAULT_LIMIT = 32_000;

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

type Keystroke = Pick<
  KeyboardEvent,
  "key" | "code" | "shiftKey" | "ctrlKey" | "metaKey" | "isComposing" | "keyCode"
>;

/**
 * Whether a key sends the message. Enter does, or Ctrl or ⌘ with it where the reader prefers that, which sends
 * always; except while an input method is composing, where Enter picks a candidate. Safari ends the composition
 * before that keydown, which can then be recognised only by its key code 229. Without a keyboard Enter begins a new
 * line, and the button sends; Android's on-screen keyboards are recognised by keys without a code.
 */
export function isSendKey(event: Keystroke): boolean {
  const { key, code, shiftKey, isComposing, keyCode } = event;
  if (key !== "Enter" || isComposing || keyCode === 229) return false;
  if (event.ctrlKey || event.metaKey) return true;
  if (shiftKey || preference("sendKey") === "mod-enter") return false;
  return !isTouch() || (hasKeyboard() && code !== "");
}

/** Whether Enter alone sends, as far as that is known before a key is pressed. */
export const entersToSend = () => hasKeyboard() && preference("sendKey") === "enter";
