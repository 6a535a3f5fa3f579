import { recall, remember } from "../lib/storage";
import { createStore, useSelected } from "./store";

/** What the reader chose for this browser. The language and the theme have hooks of their own. */
export interface Preferences {
  /** The key that sends; the other one begins a new line. */
  sendKey: "enter" | "mod-enter";
  textSize: "small" | "normal" | "large";
  /** How wide the conversation is. */
  width: "normal" | "wide";
  /** Whether the page moves as the system says, or less. */
  motion: "system" | "less";
  /** Whether the browser shows a notification when a reply has ended. */
  notify: "off" | "on";
  /** Whether long lines of code are wrapped: on narrow screens, never or always. */
  codeWrap: "auto" | "off" | "on";
}

const CHOICES: {
  [Name in keyof Preferences]: readonly [Preferences[Name], ...Preferences[Name][]];
} = {
  sendKey: ["enter", "mod-enter"],
  textSize: ["normal", "small", "large"],
  width: ["normal", "wide"],
  motion: ["system", "less"],
  notify: ["off", "on"],
  codeWrap: ["auto", "off", "on"],
};

const NAMES = Object.keys(CHOICES) as (keyof Preferences)[];
const STORED = "preferences";

/** Returns the preferences of a stored text; the first choice where it says nothing that is known. */
export function readPreferences(stored: string | null): Preferences {
  let given: unknown;
  try {
    given = JSON.parse(stored ?? "{}");
  } catch {
    given = {};
  }
  const values = given !== null && typeof given === "object" ? Object.entries(given) : [];
  const known = new Map<string, unknown>(values);
  const chosen = NAMES.map((name) => {
    const choices: readonly unknown[] = CHOICES[name];
    return [name, choices.includes(known.get(name)) ? known.get(name) : choices[0]];
  });
  return Object.fromEntries(chosen) as Preferences;
}

type Change = Partial<Preferences>;

const same = (a: Preferences, b: Preferences) => NAMES.every((name) => a[name] === b[name]);

export function reducePreferences(state: Preferences, change: Change): Preferences {
  const next = { ...state, ...change };
  return same(state, next) ? state : next;
}

const store = createStore(reducePreferences, readPreferences(recall(STORED)));

/** Styles depend on these attributes of the document. */
function show({ textSize, width, motion, codeWrap }: Preferences): void {
  Object.assign(document.documentElement.dataset, { textSize, width, motion, codeWrap });
}

show(store.get());
store.subscribe(() => show(store.get()));
addEventListener("storage", () => store.dispatch(readPreferences(recall(STORED))));

export const preference = <Name extends keyof Preferences>(name: Name): Preferences[Name] =>
  store.get()[name];

export const usePreference = <Name extends keyof Preferences>(name: Name): Preferences[Name] =>
  useSelected(store, (state) => state[name]);

/** Changes preferences in all tabs of this browser. */
export function prefer(change: Change): void {
  store.dispatch(change);
  remember(STORED, JSON.stringify(store.get()));
}
