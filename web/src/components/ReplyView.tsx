import { memo, type ReactNode } from "react";
import { usePrepared } from "../live/useGlide";
import { isSame, type ReplyEntry } from "../state/entries";
import { isOver } from "../state/reply";
import { LiveText } from "./LiveText";
import { ReplyStatus, SteppedIn } from "./ReplyStatus";
import { ReplyActions } from "./replies/ReplyActions";
import { Thinking } from "./Thinking";
import type { BranchActions } from "./useBranchActions";

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
          <ReplyStatus entry={entry} busy={busy} onRetry={repeatable ? again : undefined} />
          {entry.standIn && entry.text && <SteppedIn model={entry.standIn} asked={entry.asked} />}
        </div>
        {next}
        <ReplyActions
          entry={entry}
          name={name}
          busy={busy}
          repeatable={repeatable}
          onAgain={again}
          branches={branches}
        />
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
