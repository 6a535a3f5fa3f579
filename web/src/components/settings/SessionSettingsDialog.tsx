import { type FormEvent, useRef, useState } from "react";
import type { Fault } from "../../api/fault";
import { faultOf } from "../../api/http";
import type { SessionSettings } from "../../api/schemas";
import { sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import {
  LONGEST_INSTRUCTIONS,
  type SettingsDraft,
  settingsDraft,
  settingsFrom,
  wrongFields,
} from "../../state/sessionSettings";
import { Modal } from "../ui/Modal";
import { Field } from "./Field";
import { Unsaved } from "./Unsaved";

interface SessionSettingsDialogProps {
  value: SessionSettings;
  /** The model's own limit of tokens; null where it is not known. */
  most: number | null;
  /** Throws `Problem`. */
  onSave: (settings: SessionSettings) => Promise<void>;
  onClose: () => void;
}

/** Instructions for one conversation, and how its model writes. */
export default function SessionSettingsDialog(props: SessionSettingsDialogProps) {
  const { value, most, onSave, onClose } = props;
  const { t, locale } = useI18n();
  const [draft, setDraft] = useState(() => settingsDraft(value));
  const [state, setState] = useState<"open" | "busy" | Fault>("open");
  const [leaving, setLeaving] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const wrong = wrongFields(draft, most);
  const changed = JSON.stringify(settingsFrom(draft)) !== JSON.stringify(value);
  const write = (field: keyof SettingsDraft) => (event: { target: { value: string } }) =>
    setDraft({ ...draft, [field]: event.target.value });
  const errorOf = (field: keyof SettingsDraft) =>
    wrong.includes(field) ? t.sessionErrors[field](limit) : "";
  const limit = new Intl.NumberFormat(locale).format(most ?? 1_000_000);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (wrong[0]) return form.current?.querySelector<HTMLElement>(`[name=${wrong[0]}]`)?.focus();
    setState("busy");
    try {
      await onSave(settingsFrom(draft));
      announce(t.sessionSaved);
      onClose();
    } catch (error) {
      setState(faultOf(error));
    }
  };
  return (
    <Modal
      title={t.sessionSettings}
      className="session-form"
      locked={state === "busy"}
      onClose={() => (changed ? setLeaving(true) : onClose())}
    >
      <p>{t.sessionSettingsText}</p>
      {leaving && <Unsaved onStay={() => setLeaving(false)} onDiscard={onClose} />}
      <form ref={form} className="form" noValidate onSubmit={submit} data-testid="session-form">
        <Field
          label={t.instructions}
          hint={t.instructionsHint(LONGEST_INSTRUCTIONS)}
          error={errorOf("instructions")}
        >
          {(attributes) => (
            <textarea
              {...attributes}
              name="instructions"
              rows={6}
              dir="auto"
              data-testid="instructions"
              placeholder={t.instructionsExample}
              value={draft.instructions}
              onChange={write("instructions")}
            />
          )}
        </Field>
        <div className="form-row">
          <Field label={t.temperature} hint={t.temperatureHint} error={errorOf("temperature")}>
            {(attributes) => (
              <input
                {...attributes}
                name="temperature"
                inputMode="decimal"
                autoComplete="off"
                data-testid="temperature"
                placeholder={t.modelsOwn}
                value={draft.temperature}
                onChange={write("temperature")}
              />
            )}
          </Field>
          <Field
            label={t.maxTokens}
            hint={most === null ? t.maxTokensHint : t.maxTokensOf(limit)}
            error={errorOf("max_tokens")}
          >
            {(attributes) => (
              <input
                {...attributes}
                name="max_tokens"
                inputMode="numeric"
                autoComplete="off"
                data-testid="max-tokens"
                placeholder={t.modelsOwn}
                value={draft.max_tokens}
                onChange={write("max_tokens")}
              />
            )}
          </Field>
        </div>
        {typeof state === "object" && (
          <p className="data-note danger" role="alert">
            {sentenceFor(t, state)}
          </p>
        )}
        <div className="dialog-buttons">
          <button type="button" className="button" data-testid="cancel-session" onClick={onClose}>
            {t.cancel}
          </button>
          <button
            type="submit"
            className="button primary"
            data-testid="save-session"
            disabled={state === "busy"}
          >
            {t.save}
          </button>
        </div>
      </form>
    </Modal>
  );
}
