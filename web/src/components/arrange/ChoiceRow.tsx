import { memo } from "react";
import type { Session } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";

interface ChoiceRowProps {
  session: Session;
  chosen: boolean;
  /** `range`: together with all between it and the one that was chosen before. */
  onToggle: (sessionId: string, range: boolean) => void;
}

/** A row of the list while several conversations are chosen. */
export const ChoiceRow = memo(function ChoiceRow({ session, chosen, onToggle }: ChoiceRowProps) {
  const { t } = useI18n();
  const title = session.title || t.untitled;
  return (
    <li className={chosen ? "session chosen" : "session"} data-testid="session">
      <label title={title}>
        <input
          type="checkbox"
          checked={chosen}
          aria-label={t.arrange.selectOne(title)}
          onChange={(event) =>
            onToggle(session.session_id, (event.nativeEvent as MouseEvent).shiftKey === true)
          }
        />
        <span className="session-title" dir="auto">
          {title}
        </span>
      </label>
    </li>
  );
});
