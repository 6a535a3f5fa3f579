import { createStore, type Store, useSelected } from "./store";

/** The text of a draft, outside React's state: a key renders what shows the text, and not the page around it. */
export type DraftText = Store<string, string>;

/** What reads the text of a draft. */
export type WrittenText = Pick<DraftText, "get" | "subscribe">;

export const draftText = (text: string): DraftText =>
  createStore((_: string, next: string) => next, text);

const whole = (text: string) => text;

/** Returns the text, and renders at each change of it. */
export const useWritten = (text: WrittenText) => useSelected(text, whole);
