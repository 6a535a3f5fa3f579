import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Fault } from "../../api/fault";
import { faultOf } from "../../api/http";
import type { TokenForm } from "../../api/schemas";
import { sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import {
  formOf,
  type Lifetime,
  LONGEST_NAME,
  lifetimesWithin,
  nameFault,
  newDraft,
} from "../../state/tokenDraft";
import { Choices } from "./Choices";
import { Field } from "./Field";

interface NewTokenFormProps {
  /** How many days a token may last; 0 = any number. */
  maxDays: number;
  /** Throws `Problem`. */
  onMake: (form: TokenForm) => Promise<void>;
  onCancel: () => void;
}

/** Asks for what a new API token is called, may do, and when it expires. */
export function NewTokenForm({ maxDays, onMake, onCancel }: NewTokenFormProps) {
  const { t } = useI18n();
  const [draft, setDraft] = useState(() => newDraft(maxDays));
  const [tried, setTried] = useState(false);
  const [state, setState] = useState<"open" | "busy" | Fault>("open");
  const name = useRef<HTMLInputElement>(null);
  useEffect(() => name.current?.focus(), []);

  const fault = nameFault(draft.name);
  const error =
    fault === "long" ? t.fieldTooLong(LONGEST_NAME) : fault && tried ? t.fieldEmpty : "";
  const lifetimes = lifetimesWithin(maxDays);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (fault) return name.current?.focus();
    setState("busy");
    await onMake(formOf(draft)).catch((problem) => setState(faultOf(problem)));
  };
  return (
    <form className="form" noValidate onSubmit={submit} data-testid="token-form">
      <h3 className="settings-heading">{t.newToken}</h3>
      <Field label={t.tokenName} hint={t.tokenNameHint} error={error}>
        {(attributes) => (
          <input
            {...attributes}
            ref={name}
            dir="auto"
            autoComplete="off"
            value={draft.name}
            data-testid="token-name"
            onChange={({ target }) => setDraft({ ...draft, name: target.value })}
          />
        )}
      </Field>
      <div className="settings-list">
        <Choices
          label={t.tokenMay}
          hint={t.tokenScopeHints[draft.scope]}
          value={draft.scope}
          options={[
            ["chat", t.tokenScopes.chat],
            ["read", t.tokenScopes.read],
          ]}
          testId="token-scope"
          onChoose={(scope) => setDraft({ ...draft, scope })}
        />
        {lifetimes.length > 0 && (
          <Choices
            label={t.tokenLasts}
            value={String(draft.days)}
            options={lifetimes.map((days) => [String(days), t.tokenLifetime(days)] as const)}
            testId="token-days"
            onChoose={(days) => setDraft({ ...draft, days: Number(days) as Lifetime })}
          />
        )}
      </div>
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
          data-testid="make-token"
          disabled={state === "busy"}
        >
          {t.makeToken}
        </button>
      </div>
    </form>
  );
}
