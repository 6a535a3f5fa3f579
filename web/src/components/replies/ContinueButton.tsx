import { useI18n } from "../../i18n/useI18n";
import type { ReplyEntry } from "../../state/entries";
import { isOver } from "../../state/reply";
import { IconButton } from "../ui/IconButton";
import { GoOnIcon } from "../ui/icons";
import { useReplySteps } from "./replySteps";

/** Whether a reply stopped after its first word and before its end, and calls no tools of a client. */
const hasStoppedEarly = ({ id, text, calls, phase, finishReason }: ReplyEntry) =>
  id !== null &&
  calls.length === 0 &&
  text.trim() !== "" &&
  isOver(phase) &&
  (phase !== "done" || finishReason === "length");

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
