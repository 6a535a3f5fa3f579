import type { OwnPersona, Persona, PersonaForm } from "../api/schemas";
import type { Locale } from "../i18n/catalogue";
import { lengthOf } from "../lib/typing";

type Texts = { zh: string; en: string };

/** What the fields of the editor show: the texts in the reader's language. */
export interface PersonaDraft {
  /** The persona that is changed; null for a new one. */
  id: string | null;
  icon: string;
  name: string;
  description: string;
  welcome: string;
  prompt: string;
}

export type DraftField = Exclude<keyof PersonaDraft, "id">;

export const LONGEST: Record<DraftField, number> = {
  icon: 16,
  name: 60,
  description: 200,
  welcome: 500,
  prompt: 8000,
};

const REQUIRED: readonly DraftField[] = ["icon", "name", "prompt"];

export const NEW_PERSONA: PersonaDraft = {
  id: null,
  icon: "💬",
  name: "",
  description: "",
  welcome: "",
  prompt: "",
};

const side = (locale: Locale) => (locale === "en" ? "en" : "zh");

/** Returns a stored persona in the reader's language. */
export function draftOf(persona: OwnPersona, locale: Locale): PersonaDraft {
  const { id, icon, prompt } = persona;
  const text = ({ zh = "", en = "" }: Partial<Texts>) =>
    side(locale) === "en" ? en || zh : zh || en;
  const { name, description, welcome } = persona;
  const texts = { name: text(name), description: text(description), welcome: text(welcome) };
  return { id, icon, prompt, ...texts };
}

/** Returns a new persona that begins as another one. */
export const copyOf = (persona: Persona | PersonaDraft, name: string): PersonaDraft => ({
  id: null,
  icon: persona.icon,
  name,
  description: persona.description,
  welcome: persona.welcome,
  prompt: persona.prompt ?? "",
});

/** What is wrong with a field. */
export type FieldFault = "empty" | "long";

export function faultsOf(draft: PersonaDraft): Partial<Record<DraftField, FieldFault>> {
  const fields = Object.keys(LONGEST) as DraftField[];
  const found = fields.flatMap((field): [DraftField, FieldFault][] => {
    const text = draft[field].trim();
    if (lengthOf(text) > LONGEST[field]) return [[field, "long"]];
    return text === "" && REQUIRED.includes(field) ? [[field, "empty"]] : [];
  });
  return Object.fromEntries(found);
}

export const isSame = (a: PersonaDraft, b: PersonaDraft) =>
  (Object.keys(LONGEST) as DraftField[]).every((field) => a[field] === b[field]);

/** Returns what is sent. A text in the other language stays where it is another one. */
export function formOf(
  draft: PersonaDraft,
  before: OwnPersona | null,
  locale: Locale,
): PersonaForm {
  const texts = (name: "name" | "description" | "welcome"): Texts => {
    const text = draft[name].trim();
    const { zh = "", en = "" }: Partial<Texts> = before?.[name] ?? {};
    if (zh === en) return { zh: text, en: text };
    return side(locale) === "en" ? { zh, en: text } : { zh: text, en };
  };
  const { icon, prompt } = draft;
  const named = {
    name: texts("name"),
    description: texts("description"),
    welcome: texts("welcome"),
  };
  return { icon: icon.trim(), prompt: prompt.trim(), ...named };
}

let kept: PersonaDraft | null = null;

/** The editor's text, which survives where Back has closed the settings. */
export const keptDraft = () => kept;

export function keepDraft(draft: PersonaDraft | null): void {
  kept = draft;
}
