import { en } from "./en";
import { zh } from "./zh";

type Shape<T> = T extends (...values: infer Values) => string
  ? (...values: Values) => string
  : T extends string
    ? string
    : { [Key in keyof T]: Shape<T[Key]> };

/** All sentences of the page. `zh` defines the keys; a catalogue without one of them does not compile. */
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

/** Returns the sentence that another model is asked. `asked`: the model that the reader chose, if known. */
export function askingSentence(
  t: Catalogue,
  { model, failed }: { model: string | null; failed: string | null },
  asked: string | null,
  nameOf: (id: string) => string,
): string {
  const silent = failed ?? asked;
  const next = nameOf(model ?? "");
  return silent && silent !== model ? t.asking(nameOf(silent), next) : t.askingAnother(next);
}

/** Joins sentences, without a space after a full-width stop. */
export const sentences = (...parts: string[]) =>
  parts
    .filter(Boolean)
    .join(" ")
    .replace(/([。！？；]) /g, "$1");

/** Returns the sentence for a known code in the reader's language, otherwise the server's sentence. */
export function sentenceFor(t: Catalogue, fault: { code: string; detail: string }): string {
  const known = (t.problem as Record<string, string>)[fault.code];
  return known ?? (fault.detail || t.problem.internal_error);
}
