import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Fault } from "../../api/fault";
import { faultOf } from "../../api/http";
import type { Personas } from "../../api/schemas";
import { sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import {
  copyOf,
  type DraftField,
  faultsOf,
  isSame,
  LONGEST,
  type PersonaDraft,
} from "../../state/personaDraft";
import { Field } from "./Field";

interface PersonaEditorProps {
  begun: PersonaDraft;
  /** What is stored; the editor knows by it whether something was changed. */
  stored: PersonaDraft;
  /** What a new persona can begin as; null for one that is changed. */
  examples: Personas | null;
  onWrite: (draft: PersonaDraft, changed: boolean) => void;
  /** Throws `Problem`. */
  onSave: (draft: PersonaDraft) => Promise<void>;
  onCancel: () => void;
}

const ROWS: Partial<Record<DraftField, number>> = { welcome: 2, prompt: 8 };
const FIELDS: readonly DraftField[] = ["icon", "name", "description", "prompt", "welcome"];

/** The fields of one persona. */
export function PersonaEditor(props: PersonaEditorProps) {
  const { begun, stored, examples, onWrite, onSave, onCancel } = props;
  const { t } = useI18n();
  const [draft, setDraft] = useState(begun);
  const [tried, setTried] = useState(false);
  const [state, setState] = useState<"open" | "busy" | Fault>("open");
  const form = useRef<HTMLFormElement>(null);
  const faults = faultsOf(draft);
  const latest = useRef(onWrite);
  latest.current = onWrite;
  useEffect(() => latest.current(draft, !isSame(draft, stored)), [draft, stored]);
  useEffect(() => form.current?.querySelector<HTMLElement>("[name=name]")?.focus(), []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(faults).length > 0) {
      const [first] = FIELDS.filter((field) => faults[field]);
      return form.current?.querySelector<HTMLElement>(`[name=${first}]`)?.focus();
    }
    setState("busy");
    await onSave(draft).catch((error) => setState(faultOf(error)));
  };
  const errorOf = (field: DraftField) => {
    const fault = faults[field];
    if (fault === "long") return t.fieldTooLong(LONGEST[field]);
    return fault === "empty" && tried ? t.fieldEmpty : "";
  };
  return (
    <form ref={form} className="form" noValidate onSubmit={submit} data-testid="persona-editor">
      <h3 className="settings-heading">{draft.id ? t.editPersona : t.newPersona}</h3>
      {examples && (
        <Examples
          examples={examples}
          onChoose={(example) => setDraft(copyOf(example, t.copyName(example.name)))}
        />
      )}
      {FIELDS.map((field) => (
        <Field
          key={field}
          className={`of-${field}`}
          label={t.personaFields[field]}
          hint={
            field in t.personaHints
              ? t.personaHints[field as keyof typeof t.personaHints]
              : undefined
          }
          error={errorOf(field)}
        >
          {(attributes) => {
            const common = {
              ...attributes,
              name: field,
              dir: "auto",
              value: draft[field],
              "data-testid": `persona-${field}`,
              onChange: (event: { target: { value: string } }) =>
                setDraft({ ...draft, [field]: event.target.value }),
            };
            const rows = ROWS[field];
            return rows ? (
              <textarea {...common} rows={rows} />
            ) : (
              <input {...common} autoComplete="off" />
            );
          }}
        </Field>
      ))}
      {typeof state === "object" && (
        <p className="data-note danger" role="alert">
          {sentenceFor(t, state)}
        </p>
      )}
      <div className="dialog-buttons">
        <button type="button" className="button" disabled={state === "busy"} onClick={onCancel}>
          {t.cancel}
        </button>
        <button
          type="submit"
          className="button primary"
          data-testid="save-persona"
          disabled={state === "busy"}
        >
          {t.save}
        </button>
      </div>
    </form>
  );
}

interface ExamplesProps {
  examples: Personas;
  onChoose: (example: Personas["roles"][string]) => void;
}

/** Offers the personas whose prompts can be read as a beginning. */
function Examples({ examples, onChoose }: ExamplesProps) {
  const { t } = useI18n();
  const readable = Object.entries(examples.roles).filter(([, { prompt }]) => prompt);
  if (readable.length === 0) return null;
  return (
    <fieldset className="begin-as">
      <legend>{t.beginAs}</legend>
      {readable.map(([key, example]) => (
        <button
          key={key}
          type="button"
          className="button small"
          data-testid="begin-as"
          onClick={() => onChoose(example)}
        >
          <span aria-hidden="true">{example.icon}</span> {example.name}
        </button>
      ))}
    </fieldset>
  );
}
