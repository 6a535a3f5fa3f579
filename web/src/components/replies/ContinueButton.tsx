import { useI18n } from "../../i18n/useI18n";
import { restOf } from "../../state/calls";
import type { ReplyEntry } from "../../state/entries";
import { isOver } from "../../state/reply";
import { IconButton } from "../ui/IconButton";
import { GoOnIcon } from "../ui/icons";
import { useReplySteps } from "./replySteps";

/**
 * Whether a reply stopped after its first word and before its end, and calls no tools of a client. After calls of tool
 * servers it goes on only where its last text was cut: otherwise it would have to know how the last calls ended.
 */
function hasStoppedEarly(entry: ReplyEntry): boolean {
  const { id, calls, steps, phase, finishReason } = entry;
  if (id === null || calls.length > 0 || !isOver(phase)) return false;
  if (restOf(entry, steps).text.trim() === "") return false;
  return finishReason === "length" || (phase !== "done" && steps.length === 0);
}

interface ContinueButtonProps {
  entry: ReplyEntry;
  busy: boolean;
  /** Whether it is one of the small buttons below the text. */
  small?: boolean;
}

/** Has a reply that stopped early go on. */
export function ContinueButton({ entry, busy, small = false }: ContinueButtonProps) {
  const { t } = useI18n();
  const steps = useReplySteps();
  if (!steps || busy || entry.replaced || !hasStoppedEarly(entry)) return null;
  const goOn = () => steps.goOn(entry);
  const label = t.goingOn.button;
  if (small)
    return (
      <IconButton label={label} className="small" testId="continue" onClick={goOn}>
        <GoOnIcon size={16} />
      </IconButton>
    );
  return (
    <button type="button" className="button small" data-testid="continue" onClick={goOn}>
      <GoOnIcon size={15} />
      {label}
    </button>
  );
}
