import { useI18n } from "../i18n/useI18n";

interface BylineProps {
  name: string;
  /** When it was written, in seconds since the epoch; null if that is not known yet. */
  at: number | null;
}

/** Says who wrote a message and when. It is shown on hover and focus, and always where a finger points. */
export function Byline({ name, at }: BylineProps) {
  const { locale } = useI18n();
  const when = at === null ? null : new Date(at * 1000);
  return (
    <span className="byline">
      {/* The message has this name already for screen readers. */}
      {name && <span aria-hidden="true">{when ? `${name} · ` : name}</span>}
      {when && (
        <time
          dateTime={when.toISOString()}
          title={when.toLocaleString(locale, { dateStyle: "full", timeStyle: "short" })}
        >
          {when.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" })}
        </time>
      )}
    </span>
  );
}
