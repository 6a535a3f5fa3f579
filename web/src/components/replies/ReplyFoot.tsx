import type { ReplyEntry } from "../../state/entries";
import { isOver } from "../../state/reply";
import { useBusy } from "../busy";
import { ReplyStatus } from "../ReplyStatus";
import type { BranchActions } from "../useBranchActions";
import { useNearness } from "../useNearness";
import { ReplyActions } from "./ReplyActions";

interface ReplyFootProps {
  entry: ReplyEntry;
  name: string;
  onAgain: (entry: ReplyEntry) => void;
  branches: BranchActions;
}

/** Whether a reply can be asked again now. */
const isRepeatable = ({ id, phase, latest }: ReplyEntry, busy: boolean) =>
  isOver(phase) && (latest || (id !== null && !busy));

/** The actions of a reply, in a row that is there before they are drawn. `late`: draws them once the reply is near. */
export function ReplyFoot({ late, ...props }: ReplyFootProps & { late: boolean }) {
  const { latest, versions } = props.entry;
  const [place, near] = useNearness<HTMLDivElement>(late && !latest && !versions);
  return near ? <Actions {...props} /> : <div className="actions" ref={place} />;
}

function Actions({ onAgain, ...props }: ReplyFootProps) {
  const { entry } = props;
  const busy = useBusy();
  return (
    <ReplyActions
      {...props}
      busy={busy}
      repeatable={isRepeatable(entry, busy)}
      onAgain={() => onAgain(entry)}
    />
  );
}

type StatusProps = Pick<ReplyFootProps, "entry" | "onAgain">;

/** The status of a reply, with a button that asks again where that may help. */
export function StatusWithRetry(props: StatusProps) {
  const { phase, finishReason } = props.entry;
  const hasButtons = phase === "failed" || phase === "stopped" || finishReason === "length";
  if (hasButtons) return <Ended {...props} />;
  return <ReplyStatus entry={props.entry} busy={false} onRetry={undefined} />;
}

function Ended({ entry, onAgain }: StatusProps) {
  const busy = useBusy();
  const again = isRepeatable(entry, busy) ? () => onAgain(entry) : undefined;
  return <ReplyStatus entry={entry} busy={busy} onRetry={again} />;
}
