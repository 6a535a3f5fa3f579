import type { ReplyEntry } from "../../state/entries";
import { ContinueButton } from "./ContinueButton";

interface StoppedEarlyProps {
  entry: ReplyEntry;
  busy: boolean;
  /** Why it stopped. */
  text: string;
}

/** A reply with text that is not complete. Earlier ones have the button among their actions. */
export function StoppedEarly({ entry, busy, text }: StoppedEarlyProps) {
  return (
    <div className="status" data-testid="stopped-early">
      {text}
      {entry.latest && <ContinueButton entry={entry} busy={busy} />}
    </div>
  );
}
