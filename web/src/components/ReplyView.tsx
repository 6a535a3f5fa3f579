import { memo } from "react";
import { useI18n } from "../i18n/useI18n";
import { Markdown } from "../markdown/Markdown";
import type { ReplyEntry } from "../state/entries";
import { isOver } from "../state/reply";
import { CopyButton } from "./CopyButton";
import { IconButton } from "./IconButton";
import { RepeatIcon } from "./icons";
import { ReplyStatus } from "./ReplyStatus";
import { Thinking } from "./Thinking";

interface ReplyViewProps {
  entry: ReplyEntry;
  icon: string;
  name: string;
  busy: boolean;
  /** Asks again, in place of this reply where it is stored. */
  onAgain: (entry: ReplyEntry) => void;
}

function ReplyViewBody({ entry, icon, name, busy, onAgain }: ReplyViewProps) {
  const { t } = useI18n();
  const live = !isOver(entry.phase);
  const again = () => onAgain(entry);
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
            <Thinking text={entry.thinking} active={live && entry.phase === "thinking"} />
          )}
          {entry.text && (
            <Markdown
              text={entry.text}
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

const unchanged = (one: ReplyEntry, other: ReplyEntry) =>
  (Object.keys(one) as (keyof ReplyEntry)[]).every((field) => one[field] === other[field]);

/** Entries are made anew on every event, so an equal one must not render a long history again. */
export const ReplyView = memo(
  ReplyViewBody,
  (one, other) =>
    unchanged(one.entry, other.entry) &&
    one.icon === other.icon &&
    one.name === other.name &&
    one.busy === other.busy &&
    one.onAgain === other.onAgain,
);
