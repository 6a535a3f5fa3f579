import { useI18n } from "../i18n/useI18n";
import { hasKeyboard } from "../lib/pointer";
import { isMac } from "../lib/shortcuts";
import { NEAR_LIMIT } from "../lib/typing";
import { usePreference } from "../state/preferences";

interface ComposerNoteProps {
  length: number;
  limit: number;
  hint: string;
  /** What the reader may want to know before writing; shown instead of the keys that send. */
  note: string;
  queues: boolean;
  /** Whether it is a pasted text that makes it too long. */
  pasted: boolean;
  /** Makes a file of the text; null where the server takes none. */
  onAttach: (() => void) | null;
}

/** What is said below the composer: that the text is too long, why it was not sent, or how to send it. */
export function ComposerNote(props: ComposerNoteProps) {
  const { length, limit, hint, note, queues, pasted, onAttach } = props;
  const { t } = useI18n();
  const over = length - limit;
  if (over > 0)
    return (
      <p className="counter over">
        {onAttach && (
          <button
            type="button"
            className="button small"
            data-testid="attach-text"
            onClick={onAttach}
          >
            {pasted ? t.pasteAsFile : t.textAsFile}
          </button>
        )}
        <span>{t.tooLong(over)}</span>
      </p>
    );
  if (hint)
    return (
      <p className="hint refused" data-testid="hint">
        {hint}
      </p>
    );
  if (length >= NEAR_LIMIT * limit) return <p className="counter">{t.characters(length, limit)}</p>;
  if (note)
    return (
      <p className="hint" data-testid="composer-note">
        {note}
      </p>
    );
  return hasKeyboard() ? <Keys queues={queues} /> : null;
}

/** The keys that send. */
function Keys({ queues }: Pick<ComposerNoteProps, "queues">) {
  const { t } = useI18n();
  const byMod = usePreference("sendKey") === "mod-enter";
  if (byMod) return <p className="hint">{isMac() ? t.hintByCommand : t.hintByMod}</p>;
  return <p className="hint">{queues ? t.waiting.hint : t.hint}</p>;
}
