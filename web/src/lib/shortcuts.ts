/**
 * The keyboard shortcuts. Alt with a letter types nothing on Windows and Linux, and these letters open no browser
 * menu. A Mac types characters with Option, so it uses Control and Command. Screen readers use neither.
 */
export const COMMANDS = {
  newChat: "n",
  search: "k",
  composer: "i",
  answer: "a",
  sidebar: "l",
  copyReply: "c",
  undo: "z",
  theme: "m",
  help: "/",
} as const;

export type Command = keyof typeof COMMANDS;

export type Keystroke = Pick<
  KeyboardEvent,
  | "key"
  | "code"
  | "altKey"
  | "ctrlKey"
  | "metaKey"
  | "shiftKey"
  | "isComposing"
  | "repeat"
  | "keyCode"
>;

export const isMac = () => /Mac|iPhone|iPad/.test(navigator.platform);

/** Returns the letter of a key, by its position if Alt changes the character or the layout has no Latin letters. */
function letterOf({ key, code }: Keystroke): string {
  if (/^[a-z/]$/i.test(key)) return key.toLowerCase();
  return code === "Slash" ? "/" : code.replace(/^Key/, "").toLowerCase();
}

const chordHeld = ({ altKey, ctrlKey, metaKey, shiftKey }: Keystroke, mac: boolean) =>
  mac ? ctrlKey && metaKey && !altKey && !shiftKey : altKey && !ctrlKey && !metaKey && !shiftKey;

/** Returns the command of a keystroke. `typing`: the focus is in a field, where "?" is a question mark. */
export function commandOf(stroke: Keystroke, typing: boolean, mac: boolean): Command | null {
  const { key, altKey, ctrlKey, metaKey, isComposing, keyCode, repeat } = stroke;
  if (isComposing || keyCode === 229 || repeat) return null;
  if (chordHeld(stroke, mac)) {
    const letter = letterOf(stroke);
    const found = Object.entries(COMMANDS).find(([, wanted]) => wanted === letter);
    return (found?.[0] as Command | undefined) ?? null;
  }
  const plain = !altKey && !ctrlKey && !metaKey;
  return plain && !typing && (key === "?" || key === "？") ? "help" : null;
}

/** Returns the labels of a command's keys. */
export function keysOf(command: Command, mac: boolean): string[] {
  return [...(mac ? ["⌃", "⌘"] : ["Alt"]), COMMANDS[command].toUpperCase()];
}

const ARIA: Record<string, string> = { "⌃": "Control", "⌘": "Meta", Ctrl: "Control" };

/** Returns labels of keys as `aria-keyshortcuts` takes them. */
export const ariaOf = (keys: readonly string[]) => keys.map((key) => ARIA[key] ?? key).join("+");

/** The same for `aria-keyshortcuts`. */
export const ariaKeys = (command: Command, mac: boolean) => ariaOf(keysOf(command, mac));
