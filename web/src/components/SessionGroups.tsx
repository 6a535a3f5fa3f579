import type { Session } from "../api/schemas";
import type { Catalogue } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { byPeriod, monthOf, type Period } from "../state/periods";
import { useToday } from "../state/useToday";
import { ChoiceRow } from "./arrange/ChoiceRow";
import type { SessionActions } from "./SessionMenu";
import { SessionRow } from "./SessionRow";

interface SessionGroupsProps {
  sessions: Session[];
  currentId: string | null;
  actions: SessionActions;
  /** Those that are chosen together; null while none can be. */
  chosen: readonly string[] | null;
  onToggle: (sessionId: string, range: boolean) => void;
}

type Days = Extract<Period, keyof Catalogue>;

function headingOf(t: Catalogue, locale: string, period: Period): string {
  if (period === "pinned") return t.arrange.pinned;
  const month = monthOf(period);
  if (!month) return t[period as Days];
  return new Intl.DateTimeFormat(locale, { year: "numeric", month: "long" }).format(month);
}

export function SessionGroups(props: SessionGroupsProps) {
  const { sessions, currentId, actions, chosen, onToggle } = props;
  const { t, locale } = useI18n();
  const today = useToday();
  return byPeriod(sessions, today).map(({ period, sessions }) => (
    <section key={period}>
      <h2>{headingOf(t, locale, period)}</h2>
      <ul>
        {sessions.map((session) =>
          chosen ? (
            <ChoiceRow
              key={session.session_id}
              session={session}
              chosen={chosen.includes(session.session_id)}
              onToggle={onToggle}
            />
          ) : (
            <SessionRow
              key={session.session_id}
              session={session}
              current={session.session_id === currentId}
              actions={actions}
            />
          ),
        )}
      </ul>
    </section>
  ));
}
