import type { Session } from "../api/schemas";
import type { Catalogue } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { byPeriod, monthOf, type Period } from "../state/periods";
import { useToday } from "../state/useToday";
import type { SessionActions } from "./SessionMenu";
import { SessionRow } from "./SessionRow";

interface SessionGroupsProps {
  sessions: Session[];
  currentId: string | null;
  actions: SessionActions;
}

type Days = Extract<Period, keyof Catalogue>;

function headingOf(t: Catalogue, locale: string, period: Period): string {
  const month = monthOf(period);
  if (!month) return t[period as Days];
  return new Intl.DateTimeFormat(locale, { year: "numeric", month: "long" }).format(month);
}

export function SessionGroups({ sessions, currentId, actions }: SessionGroupsProps) {
  const { t, locale } = useI18n();
  const today = useToday();
  return byPeriod(sessions, today).map(({ period, sessions }) => (
    <section key={period}>
      <h2>{headingOf(t, locale, period)}</h2>
      <ul>
        {sessions.map((session) => (
          <SessionRow
            key={session.session_id}
            session={session}
            current={session.session_id === currentId}
            actions={actions}
          />
        ))}
      </ul>
    </section>
  ));
}
