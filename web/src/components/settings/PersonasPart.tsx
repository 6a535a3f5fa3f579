import { useEffect, useRef, useState } from "react";
import type { OwnPersona, Personas } from "../../api/schemas";
import { sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import {
  copyOf,
  draftOf,
  formOf,
  keepDraft,
  keptDraft,
  NEW_PERSONA,
  type PersonaDraft,
} from "../../state/personaDraft";
import { usePersonas } from "../../state/usePersonas";
import { PersonaEditor } from "./PersonaEditor";
import { PersonaRow } from "./PersonaRow";

interface PersonasPartProps {
  offered: Personas | null;
  onChange: () => void;
  onUnsaved: (unsaved: boolean) => void;
}

/** The reader's own personas: a list, or the editor of one of them. */
export function PersonasPart({ offered, onChange, onUnsaved }: PersonasPartProps) {
  const { t, locale } = useI18n();
  const { list, fault, reload, save, remove, take, give } = usePersonas(onChange);
  const [edited, setEdited] = useState<PersonaDraft | null>(keptDraft);
  const file = useRef<HTMLInputElement>(null);
  useEffect(() => () => onUnsaved(false), [onUnsaved]);

  const leave = () => {
    keepDraft(null);
    onUnsaved(false);
    setEdited(null);
  };
  if (edited) {
    const before = list?.personas.find(({ id }) => id === edited.id) ?? null;
    return (
      <PersonaEditor
        begun={edited}
        stored={before ? draftOf(before, locale) : NEW_PERSONA}
        examples={edited.id ? null : offered}
        onWrite={(draft, changed) => {
          keepDraft(changed ? draft : null);
          onUnsaved(changed);
        }}
        onSave={async (draft) => {
          await save(formOf(draft, before, locale), draft.id);
          announce(t.personaSaved(draft.name));
          leave();
        }}
        onCancel={leave}
      />
    );
  }
  const rows = list?.personas ?? [];
  const full = list !== null && list.limit > 0 && rows.length >= list.limit;
  const copy = (persona: OwnPersona) => {
    const draft = draftOf(persona, locale);
    setEdited(copyOf(draft, t.copyName(draft.name)));
  };
  return (
    <div data-testid="personas-part">
      <p className="settings-lead">{t.personasText}</p>
      {fault && (
        <p className="data-note danger" role="alert">
          {fault.code === "persona_file_invalid" ? fault.detail : sentenceFor(t, fault)}{" "}
          {!list && (
            <button type="button" className="button small" onClick={reload}>
              {t.retry}
            </button>
          )}
        </p>
      )}
      {list && rows.length === 0 && <p className="settings-empty">{t.noPersonas}</p>}
      {rows.length > 0 && (
        <ul className="persona-list">
          {rows.map((persona) => (
            <PersonaRow
              key={persona.id}
              persona={draftOf(persona, locale)}
              canCopy={!full}
              onEdit={() => setEdited(draftOf(persona, locale))}
              onCopy={() => copy(persona)}
              onExport={() => void give(draftOf(persona, locale).name, persona.id)}
              onDelete={() => remove(persona.id)}
            />
          ))}
        </ul>
      )}
      {list && full && <p className="data-note">{t.personasFull(list.limit)}</p>}
      <div className="data-buttons">
        <button
          type="button"
          className="button primary"
          data-testid="new-persona"
          disabled={!list || full}
          onClick={() => setEdited(NEW_PERSONA)}
        >
          {t.newPersona}
        </button>
        <button
          type="button"
          className="button"
          data-testid="import-personas"
          disabled={!list || full}
          onClick={() => file.current?.click()}
        >
          {t.importPersonas}
        </button>
        {rows.length > 0 && (
          <button type="button" className="button" onClick={() => void give(t.personasFile)}>
            {t.exportPersonas}
          </button>
        )}
        <input
          ref={file}
          type="file"
          hidden
          accept=".toml,.json,application/json,application/toml,text/plain"
          data-testid="persona-file"
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            event.target.value = "";
            if (chosen)
              void take(chosen).then((count) => count && announce(t.personasAdded(count)));
          }}
        />
      </div>
    </div>
  );
}
