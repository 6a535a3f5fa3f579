import type { Session } from "../api/schemas";

/** Age in days. Older sessions are grouped by month, for example "2026-04". */
export type Period =
  | "pinned"
  | "today"
  | "yesterday"
  | "lastWeek"
  | "lastMonth"
  | `${number}-${number}`;

export interface Group {
  period: Period;
  sessions: Session[];
}

const midnightBefore = (now: Date, days: number) =>
  new Date(now.getFullYear(), now.getMonth(), now.getDate() - days).getTime();

export function periodOf(seconds: number, now: Date): Period {
  const time = seconds * 1000;
  if (time >= midnightBefore(now, 0)) return "today";
  if (time >= midnightBefore(now, 1)) return "yesterday";
  if (time >= midnightBefore(now, 7)) return "lastWeek";
  if (time >= midnightBefore(now, 30)) return "lastMonth";
  const day = new Date(time);
  return `${day.getFullYear()}-${day.getMonth() + 1}`;
}

/** Returns the first day of a month's period; null for other periods. */
export function monthOf(period: Period): Date | null {
  const [year, month] = period.split("-").map(Number);
  return year && month ? new Date(year, month - 1) : null;
}

/** Groups sessions, newest first, by the period of their last activity; pinned ones are a group of their own. */
export function byPeriod(sessions: readonly Session[], now: Date): Group[] {
  const groups = new Map<Period, Session[]>();
  for (const session of sessions) {
    const period = session.pinned ? "pinned" : periodOf(session.updated_at, now);
    groups.set(period, [...(groups.get(period) ?? []), session]);
  }
  return [...groups].map(([period, grouped]) => ({ period, sessions: grouped }));
}

/** The day of a time, as short as it is clear; of today the time. */
export function dayOf(seconds: number, now: Date, locale: string): string {
  const time = new Date(seconds * 1000);
  const format: Intl.DateTimeFormatOptions =
    periodOf(seconds, now) === "today"
      ? { timeStyle: "short" }
      : time.getFullYear() === now.getFullYear()
        ? { month: "short", day: "numeric" }
        : { year: "numeric", month: "short", day: "numeric" };
  return new Intl.DateTimeFormat(locale, format).format(time);
}
