import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { isTouch } from "../../lib/pointer";
import { IconButton } from "../ui/IconButton";
import { ShareIcon } from "../ui/icons";

/** Whether the browser hands texts to other applications: phones and tablets alone, where that is the habit. */
const canShare = () => isTouch() && typeof navigator.share === "function";

/** Gives a reply to another application, which the reader chooses in the system's own sheet. */
export function ShareReply({ text }: { text: string }) {
  const { t } = useI18n();
  if (!canShare()) return null;
  const share = () =>
    navigator.share({ text }).catch((error: unknown) => {
      // Closing the sheet is no failure.
      if (!(error instanceof DOMException && error.name === "AbortError")) announce(t.shareFailed);
    });
  return (
    <IconButton label={t.share} className="small" testId="share-reply" onClick={() => void share()}>
      <ShareIcon size={16} />
    </IconButton>
  );
}
