import { useI18n } from "../i18n/useI18n";
import { focusComposer, focusList } from "../lib/focus";

interface SkipLinksProps {
  /** Shows the list of conversations. */
  onSessions: () => void;
}

/** The first stops of Tab, shown while they have the focus: they lead past the list, or to it. */
export function SkipLinks({ onSessions }: SkipLinksProps) {
  const { t } = useI18n();
  const toList = () => {
    onSessions();
    focusList();
  };
  return (
    <nav className="skips" aria-label={t.skip.label}>
      <button
        type="button"
        className="button primary"
        data-testid="skip-to-composer"
        onClick={focusComposer}
      >
        {t.skip.composer}
      </button>
      <button
        type="button"
        className="button primary"
        data-testid="skip-to-sessions"
        onClick={toList}
      >
        {t.skip.sessions}
      </button>
    </nav>
  );
}
