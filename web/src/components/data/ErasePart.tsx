import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import type { Fault } from "../../api/fault";
import { faultOf } from "../../api/http";
import { sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";

interface ErasePartProps {
  /** Whether the word has to be typed now. */
  asking: boolean;
  onAsk: () => void;
  onErase: () => Promise<void>;
  onCancel: () => void;
}

/** Deletes everything, after a click and a word that has to be typed. */
export function ErasePart({ asking, onAsk, onErase, onCancel }: ErasePartProps) {
  const { t } = useI18n();
  if (asking) return <Confirmation onErase={onErase} onCancel={onCancel} />;
  return (
    <section className="data-part" data-testid="erase-part">
      <h3>{t.eraseTitle}</h3>
      <p>{t.eraseText}</p>
      <div className="data-buttons">
        <button
          type="button"
          className="button outlined-danger"
          data-testid="erase"
          onClick={onAsk}
        >
          {t.eraseAsk}
        </button>
      </div>
    </section>
  );
}

function Confirmation({ onErase, onCancel }: Pick<ErasePartProps, "onErase" | "onCancel">) {
  const { t } = useI18n();
  const [word, setWord] = useState("");
  const [state, setState] = useState<"open" | "busy" | Fault>("open");
  const field = useRef<HTMLInputElement>(null);
  const warning = useId();
  const matches = word.trim().toLowerCase() === t.eraseWord;
  const busy = state === "busy";
  useEffect(() => field.current?.focus(), []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!matches || busy) return;
    setState("busy");
    await onErase().catch((error) => setState(faultOf(error)));
  };
  return (
    <form onSubmit={submit} data-testid="erase-form">
      <p id={warning}>{t.eraseWarning}</p>
      <label className="erase-word">
        {t.eraseType(t.eraseWord)}
        <input
          ref={field}
          className="field"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-describedby={warning}
          data-testid="erase-word"
          value={word}
          onChange={(event) => setWord(event.target.value)}
        />
      </label>
      {typeof state === "object" && (
        <p className="data-note danger" role="alert">
          {sentenceFor(t, state)}
        </p>
      )}
      <div className="dialog-buttons">
        <button type="button" className="button" disabled={busy} onClick={onCancel}>
          {t.cancel}
        </button>
        <button
          type="submit"
          className="button danger"
          data-testid="confirm-erase"
          disabled={!matches || busy}
        >
          {busy ? t.erasing : t.eraseConfirm}
        </button>
      </div>
    </form>
  );
}
