import { memo, useMemo } from "react";
import { useI18n } from "../i18n/useI18n";
import { languageOf } from "../lib/language";
import { Markdown } from "../markdown/Markdown";
import { isSame, type ReplyEntry } from "../state/entries";
import { isOver } from "../state/reply";
import { ReplyFacts } from "./ReplyFacts";
import { ReplyStatus } from "./ReplyStatus";
import { Thinking } from "./Thinking";
import { CopyButton } from "./ui/CopyButton";
import { IconButton } from "./ui/IconButton";
import { RepeatIcon } from "./ui/icons";

interface ReplyViewProps {
  entry: ReplyEntry;
  icon: string;
  name: string;
  busy: boolean;
  /** Asks again; replaces this reply if it is stored. */
  onAgain: (entry: ReplyEntry) => void;
}

function ReplyViewBody({ entry, icon, name, busy, onAgain }: ReplyViewProps) {
  const { t } = useI18n();
  const live = !isOver(entry.phase);
  const again = () => onAgain(entry);
  const beginning = entry.text.slice(0, 600);
  const lang = useMemo(() => languageOf(beginning), [beginning]);
  return (
    <article
      className="reply"
      aria-label={name}
      aria-busy={live}
      data-testid="message"
      data-role="assistant"
      data-message-id={entry.id ?? ""}
      data-state={entry.phase}
    >
      <div className="avatar" aria-hidden="true">
        {icon}
      </div>
      <div className="reply-body">
        <div className="bubble">
          {entry.thinking && (
            <Thinking
              text={entry.thinking}
              since={live && entry.phase === "thinking" ? entry.thinkingSince : null}
              seconds={entry.thinkingSeconds}
            />
          )}
          {entry.text && (
            <Markdown
              text={entry.text}
              lang={lang}
              streaming={entry.phase === "streaming"}
              partial={entry.phase !== "done"}
            />
          )}
          <ReplyStatus entry={entry} onRetry={again} />
        </div>
        <div className={entry.latest ? "actions shown" : "actions"}>
          {!live && entry.text && (
            <CopyButton label={t.copy} text={() => entry.text} testId="copy" />
          )}
          {entry.message && <ReplyFacts message={entry.message} persona={name} />}
          {!live && !busy && entry.latest && entry.phase !== "failed" && (
            <IconButton label={t.regenerate} className="small" testId="regenerate" onClick={again}>
              <RepeatIcon size={16} />
            </IconButton>
          )}
        </div>
      </div>
    </article>
  );
}

/** Each event creates new entry objects; equal ones must not render a long history again. */
export const ReplyView = memo(
  ReplyViewBody,
  (one, other) =>
    isSame(one.entry, other.entry) &&
    one.icon === other.icon &&
    one.name === other.name &&
    one.busy === other.busy &&
    one.onAgain === other.onAgain,
);
