import { type FormEvent, useId, useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import { toolName } from "../../lib/visibleText";
import { serverOf } from "../../state/calls";
import { Arguments } from "./CallDetails";
import type { Asking } from "./Question";

const LONGEST_WORD = 500;

/** Asks whether a tool may be called, with the arguments in full. */
export function CallQuestion({ call, answering }: Asking) {
  const { t } = useI18n();
  const [denying, setDenying] = useState(false);
  const [cameBack, setCameBack] = useState(false);
  const { state, answer } = answering;
  const { ask } = t.tools;
  return (
    <>
      <p className="question-text" dir="auto">
        {ask.text(toolName(call.name), serverOf(call))}
      </p>
      <Arguments given={call.arguments} />
      {state.phase === "open" && !denying && (
        <div className="question-buttons">
          <button
            type="button"
            className="button primary small"
            data-testid="allow-once"
            onClick={() => void answer({ decision: "allow" })}
          >
            {ask.once}
          </button>
          <button
            type="button"
            className="button small"
            data-testid="allow-session"
            onClick={() => void answer({ decision: "allow_session" })}
          >
            {ask.session}
          </button>
          <button
            type="button"
            className="button small"
            data-testid="deny"
            // biome-ignore lint/a11y/noAutofocus: the reader has just left the form that was in its place
            autoFocus={cameBack}
            onClick={() => setDenying(true)}
          >
            {ask.deny}
          </button>
        </div>
      )}
      {state.phase === "open" && denying && (
        <Denial
          onDeny={(note) => void answer({ decision: "deny", ...(note ? { note } : {}) })}
          onBack={() => {
            setDenying(false);
            setCameBack(true);
          }}
        />
      )}
    </>
  );
}

interface DenialProps {
  onDeny: (note: string) => void;
  onBack: () => void;
}

/** Denies a call, with a word to the model if the reader wants to say why. */
function Denial({ onDeny, onBack }: DenialProps) {
  const { t } = useI18n();
  const { ask } = t.tools;
  const id = useId();
  const [note, setNote] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onDeny(note.trim());
  };
  return (
    <form className="denial" onSubmit={submit}>
      <label htmlFor={id}>{ask.word}</label>
      <input
        id={id}
        className="field"
        dir="auto"
        maxLength={LONGEST_WORD}
        // biome-ignore lint/a11y/noAutofocus: the reader has just pressed the button that shows it
        autoFocus
        value={note}
        data-testid="deny-word"
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          onBack();
        }}
      />
      <div className="question-buttons">
        <button type="submit" className="button danger small" data-testid="deny-now">
          {ask.denyNow}
        </button>
        <button type="button" className="button small" data-testid="deny-back" onClick={onBack}>
          {ask.back}
        </button>
      </div>
    </form>
  );
}
