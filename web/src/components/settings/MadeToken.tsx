import { useEffect, useRef } from "react";
import type { NewApiToken } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { baseUrl, pythonLine } from "../../lib/openaiCode";
import { CopyButton } from "../ui/CopyButton";

interface MadeTokenProps {
  made: NewApiToken;
  onDone: () => void;
}

/** Shows a new token, once, with what an OpenAI client needs to use it. */
export function MadeToken({ made, onDone }: MadeTokenProps) {
  const { t } = useI18n();
  const part = useRef<HTMLElement>(null);
  useEffect(() => part.current?.focus(), []);
  const lines = [
    ["token", t.token, made.token],
    ["base-url", t.baseUrl, baseUrl()],
    ["python", t.inPython, pythonLine(made.token)],
  ] as const;
  return (
    <section
      ref={part}
      className="made-token"
      tabIndex={-1}
      aria-label={t.tokenMade(made.name)}
      data-testid="made-token"
    >
      <h3 className="settings-heading">{t.tokenMade(made.name)}</h3>
      <p className="made-token-note">{t.tokenOnce}</p>
      <dl className="token-lines">
        {lines.map(([id, label, text]) => (
          <div key={id}>
            <dt>{label}</dt>
            <dd>
              <code dir="ltr" translate="no" data-testid={`token-${id}`}>
                {text}
              </code>
              <CopyButton label={t.copyThis(label)} text={() => text} testId={`copy-token-${id}`} />
            </dd>
          </div>
        ))}
      </dl>
      <div className="dialog-buttons">
        <button type="button" className="button primary" data-testid="token-done" onClick={onDone}>
          {t.done}
        </button>
      </div>
    </section>
  );
}
