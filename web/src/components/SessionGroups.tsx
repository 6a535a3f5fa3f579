import { useState } from "react";
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

/** Returns the row at which Tab stops: the one that had the focus last, the open conversation, or the first. */
function tabStopOf(sessions: Session[], visited: string | null, currentId: string | null) {
  const listed = (id: string | null) => sessions.some(({ session_id }) => session_id === id);
  if (listed(visited)) return visited;
  return listed(currentId) ? currentId : (sessions[0]?.session_id ?? null);
}

export function SessionGroups(props: SessionGroupsProps) {
  const { sessions, currentId, actions, chosen, onToggle } = props;
  const { t, locale } = useI18n();
  const today = useToday();
  const [visited, setVisited] = useState<string | null>(null);
  const stop = tabStopOf(sessions, visited, currentId);
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
              tabStop={session.session_id === stop}
              onVisit={setVisited}
              actions={actions}
            />
          ),
        )}
      </ul>
    </section>
  ));
}
