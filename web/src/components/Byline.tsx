import { memo } from "react";
import { useI18n } from "../i18n/useI18n";

interface BylineProps {
  name: string;
  /** When it was written, in seconds since the epoch; null if that is not known yet. */
  at: number | null;
}

const made = new Map<string, Record<"whole" | "time", Intl.DateTimeFormat>>();

/** Returns what writes times, made once for a language: making one takes longer than drawing a message. */
function formatsOf(locale: string) {
  const known = made.get(locale) ?? {
    whole: new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" }),
    time: new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }),
  };
  made.set(locale, known);
  return known;
}

/** Says who wrote a message and when. It is shown on hover and focus, and always where a finger points. */
export const Byline = memo(function Byline({ name, at }: BylineProps) {
  const { locale } = useI18n();
  const { whole, time } = formatsOf(locale);
  const when = at === null ? null : new Date(at * 1000);
  return (
    <span className="byline">
      {/* The message has this name already for screen readers. */}
      {name && <span aria-hidden="true">{when ? `${name} · ` : name}</span>}
      {when && (
        <time dateTime={when.toISOString()} title={whole.format(when)}>
          {time.format(when)}
        </time>
      )}
    </span>
  );
});
