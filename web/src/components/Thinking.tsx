import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useI18n } from "../i18n/useI18n";
import { Markdown } from "../markdown/LazyMarkdown";
import { ChevronIcon } from "./ui/icons";
import { useElapsed } from "./useCountdown";

interface ThinkingProps {
  text: string;
  /** Start of thinking that still runs, in milliseconds since the epoch. */
  since: number | null;
  /** Duration in seconds, if known. */
  seconds: number | null;
}

/** What a model thought before its answer, folded. It is rendered only while it can be seen, or has been. */
export function Thinking({ text, since, seconds }: ThinkingProps) {
  const { t } = useI18n();
  const elapsed = useElapsed(since);
  const [open, setOpen] = useState(false);
  const shown = useRef("");
  if (open) shown.current = text;
  const took = seconds === null ? null : Math.max(1, Math.round(seconds));
  return (
    <details
      className="thoughts"
      data-testid="thinking"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button */}
      <summary onClick={() => flushSync(() => setOpen(!open))}>
        <ChevronIcon size={16} />
        {since === null ? (
          <span>{took === null ? t.thought : t.thoughtFor(took)}</span>
        ) : (
          <span className="shimmer">{t.thinkingFor(elapsed)}</span>
        )}
      </summary>
      <div className="thoughts-body">
        {shown.current && <Markdown text={shown.current} partial={since !== null} />}
      </div>
    </details>
  );
}
