import { useI18n } from "../i18n/useI18n";
import { useElapsed } from "./useCountdown";

interface ThinkingProps {
  text: string;
  /** Start of thinking that still runs, in milliseconds since the epoch. */
  since: number | null;
  /** Duration in seconds, if known. */
  seconds: number | null;
}

export function Thinking({ text, since, seconds }: ThinkingProps) {
  const { t } = useI18n();
  const elapsed = useElapsed(since);
  const took = seconds === null ? null : Math.max(1, Math.round(seconds));
  return (
    <details className="thoughts" data-testid="thinking">
      <summary>
        {since === null ? (
          <span>{took === null ? t.thought : t.thoughtFor(took)}</span>
        ) : (
          <span className="shimmer">{t.thinkingFor(elapsed)}</span>
        )}
      </summary>
      <div dir="auto">{text}</div>
    </details>
  );
}
