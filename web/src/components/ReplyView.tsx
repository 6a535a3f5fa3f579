import { memo, type ReactNode } from "react";
import { usePrepared } from "../live/useGlide";
import { isSame, type ReplyEntry } from "../state/entries";
import { isOver } from "../state/reply";
import { SteppedIn } from "./ReplyStatus";
import { ReplyFoot, StatusWithRetry } from "./replies/ReplyFoot";
import { ReplyParts } from "./replies/ReplyParts";
import { ToolCalls } from "./replies/ToolCalls";
import type { BranchActions } from "./useBranchActions";

interface ReplyViewProps {
  entry: ReplyEntry;
  name: string;
  /** Asks again; makes another version of this reply if it is stored. */
  onAgain: (entry: ReplyEntry) => void;
  branches: BranchActions;
  /** The progress of the version that will take its place, if any. */
  next: ReactNode;
  /** Whether its actions are drawn once it is near what is visible. Counts when the reply is drawn first. */
  late?: boolean;
}

function ReplyViewBody({ entry, name, onAgain, branches, next, late = false }: ReplyViewProps) {
  const live = !isOver(entry.phase);
  usePrepared(live);
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
          <ReplyParts entry={entry} />
          <ToolCalls calls={entry.calls} />
          <StatusWithRetry entry={entry} onAgain={onAgain} />
          {entry.standIn && entry.text && <SteppedIn model={entry.standIn} asked={entry.asked} />}
        </div>
        {next}
        <ReplyFoot entry={entry} name={name} onAgain={onAgain} branches={branches} late={late} />
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
    one.onAgain === other.onAgain &&
    one.branches === other.branches &&
    one.next === other.next,
);
