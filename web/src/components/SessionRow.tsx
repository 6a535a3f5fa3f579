import { memo } from "react";
import type { Session } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { addressOf } from "../state/useRoute";
import { useIsUnread } from "../state/useUnread";
import { type SessionActions, SessionMenu } from "./SessionMenu";

interface SessionRowProps {
  session: Session;
  current: boolean;
  /** Whether Tab stops here; the arrow keys lead to the other rows. */
  tabStop: boolean;
  /** Called when it gets the focus. */
  onVisit: (sessionId: string) => void;
  actions: SessionActions;
}

export const SessionRow = memo(function SessionRow(props: SessionRowProps) {
  const { session, current, tabStop, onVisit, actions } = props;
  const { t } = useI18n();
  const id = session.session_id;
  const title = session.title || t.untitled;
  const unread = useIsUnread(id);
  const waiting = session.waiting ?? 0;
  return (
    <li className={current ? "session current" : "session"} data-testid="session" data-id={id}>
      <a
        href={addressOf(id)}
        title={title}
        tabIndex={tabStop ? 0 : -1}
        onFocus={() => onVisit(id)}
        aria-current={current ? "page" : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          actions.open(id);
        }}
      >
        <span className="session-title" dir="auto">
          {title}
        </span>
        {unread && (
          <span className="unread-mark" role="img" aria-label={t.unread} title={t.unread} />
        )}
        {waiting > 0 && (
          <span
            className="waiting-count"
            role="img"
            aria-label={t.goingOn.waiting(waiting)}
            title={t.goingOn.waiting(waiting)}
            data-testid="waiting-count"
          >
            {waiting}
          </span>
        )}
        {session.active_turn && !session.needs_answer && (
          <span className="running-mark" role="img" aria-label={t.running} title={t.running} />
        )}
        {session.needs_answer && (
          <span
            className="answer-mark"
            role="img"
            aria-label={t.tools.waits}
            title={t.tools.waits}
            data-testid="answer-mark"
          >
            ?
          </span>
        )}
        {session.tags.length > 0 && (
          <span className="session-tags" dir="auto" title={session.tags.join(", ")}>
            {session.tags.join(" · ")}
          </span>
        )}
      </a>
      <SessionMenu
        session={session}
        actions={actions}
        className="icon-button small"
        testId="session-menu"
        tabStop={tabStop}
      />
    </li>
  );
});
