import { memo, type ReactNode } from "react";
import { useI18n } from "../i18n/useI18n";
import { usePrepared } from "../live/useGlide";
import { isSame, type ReplyEntry } from "../state/entries";
import { isOver } from "../state/reply";
import { Byline } from "./Byline";
import { LiveText } from "./LiveText";
import { RemoveButton } from "./RemoveButton";
import { ReplyFacts } from "./ReplyFacts";
import { ReplyStatus, ResumeNote, SteppedIn } from "./ReplyStatus";
import { Thinking } from "./Thinking";
import { CopyButton } from "./ui/CopyButton";
import { IconButton } from "./ui/IconButton";
import { RepeatIcon } from "./ui/icons";
import type { BranchActions } from "./useBranchActions";
import { VersionSwitch } from "./VersionSwitch";

interface ReplyViewProps {
  entry: ReplyEntry;
  name: string;
  busy: boolean;
  /** Asks again; makes another version of this reply if it is stored. */
  onAgain: (entry: ReplyEntry) => void;
  branches: BranchActions;
  /** The progress of the version that will take its place, if any. */
  next: ReactNode;
}

function ReplyViewBody({ entry, name, busy, onAgain, branches, next }: ReplyViewProps) {
  const { t } = useI18n();
  const { id } = entry;
  const live = !isOver(entry.phase);
  const repeatable = !live && (entry.latest || (id !== null && !busy));
  const again = () => onAgain(entry);
  usePrepared(live);
  const text = entry.previous || entry.text;
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
      <div className="reply-body">
        <div className="bubble">
          {entry.thinking && (
            <Thinking
              text={entry.thinking}
              since={live && entry.phase === "thinking" ? entry.thinkingSince : null}
              seconds={entry.thinkingSeconds}
            />
          )}
          {text && (
            <LiveText
              text={text}
              live={live}
              partial={entry.phase !== "done"}
              lost={entry.previous !== ""}
            />
          )}
          <ReplyStatus entry={entry} onRetry={repeatable ? again : undefined} />
          {entry.standIn && entry.text && <SteppedIn model={entry.standIn} asked={entry.asked} />}
        </div>
        {next}
        <div className={entry.latest ? "actions shown" : "actions"}>
          {entry.versions && (
            <VersionSwitch
              versions={entry.versions}
              busy={live || busy}
              onShow={(version, step) => branches.show(id ?? "", version, step)}
            />
          )}
          {entry.resuming && <ResumeNote />}
          {!live && entry.text && (
            <CopyButton label={t.copy} text={() => entry.text} testId="copy" />
          )}
          {entry.message && <ReplyFacts message={entry.message} persona={name} />}
          {repeatable && !busy && entry.text && entry.phase !== "failed" && (
            <IconButton label={t.regenerate} className="small" testId="regenerate" onClick={again}>
              <RepeatIcon size={16} />
            </IconButton>
          )}
          {id && entry.message && !busy && (
            <RemoveButton versions={entry.versions !== null} onRemove={() => branches.remove(id)} />
          )}
          <Byline name={name} at={entry.message?.timestamp ?? null} />
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
    one.name === other.name &&
    one.busy === other.busy &&
    one.onAgain === other.onAgain &&
    one.branches === other.branches &&
    one.next === other.next,
);
