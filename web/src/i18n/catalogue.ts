import { en } from "./en";
import { zh } from "./zh";

type Shape<T> = T extends (...values: infer Values) => string
  ? (...values: Values) => string
  : T extends string
    ? string
    : { [Key in keyof T]: Shape<T[Key]> };

/** Every sentence of the page; zh names the keys, and a catalogue that lacks one does not compile. */
export type Catalogue = Shape<typeof zh>;

export const catalogues = { "zh-CN": zh, en } as const satisfies Record<string, Catalogue>;

export type Locale = keyof typeof catalogues;

export function preferredLocale(languages: readonly string[], chosen: string | null): Locale {
  if (chosen === "en" || chosen === "zh-CN") return chosen;
  for (const language of languages) {
    if (/^zh\b/i.test(language)) return "zh-CN";
    if (/^en\b/i.test(language)) return "en";
  }
  return "en";
}

/** Why nothing more of a running reply arrives: the server's reason where it gave one. */
export const lostSentence = (t: Catalogue, trouble: { code: string; detail: string } | null) =>
  trouble ? sentences(sentenceFor(t, trouble), t.goesOn) : t.reconnecting;

/** One sentence after the other; after a full-width stop there is no space. */
export const sentences = (...parts: string[]) =>
  parts
    .filter(Boolean)
    .join(" ")
    .replace(/([。！？；]) /g, "$1");

/** The reason in the reader's language where we know its code, else the server's own sentence. */
export function sentenceFor(t: Catalogue, fault: { code: string; detail: string }): string {
  const known = (t.problem as Record<string, string>)[fault.code];
  return known ?? (fault.detail || t.problem.internal_error);
}
