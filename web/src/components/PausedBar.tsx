import { useEffect, useState } from "react";
import { sentences } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { focusBack } from "../lib/focus";
import { pauseCause } from "../state/entries";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";
import type { Changed, WaitingControls } from "../state/useWaiting";
import { Dialog } from "./ui/Dialog";
import { PauseIcon } from "./ui/icons";

interface PausedBarProps {
  store: ConversationStore;
  changes: WaitingControls;
  count: number;
}

/** Says why the waiting questions pause, and lets the reader go on or discard them. */
export function PausedBar({ store, changes, count }: PausedBarProps) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  const cause = useSelected(store, pauseCause);
  const text = sentences(cause ? t.waiting[cause] : "", t.waiting.count(count));
  useEffect(() => announce(text), [text]);

  const run = (change: Promise<Changed>, done: string) => {
    focusBack();
    void change.then((result) => result === "done" && announce(done));
  };
  return (
    <div className="waiting-paused" data-testid="waiting-paused">
      <PauseIcon />
      <p>{text}</p>
      <span>
        <button
          type="button"
          className="button small"
          data-testid="waiting-discard"
          onClick={() => setAsking(true)}
        >
          {t.waiting.discard}
        </button>
        <button
          type="button"
          className="button small primary"
          data-testid="waiting-resume"
          onClick={() => run(changes.resume(), t.waiting.resumed)}
        >
          {t.waiting.resume}
        </button>
      </span>
      {asking && (
        <Dialog
          title={t.waiting.discardTitle(count)}
          confirm={t.waiting.discard}
          danger
          onConfirm={() => run(changes.discard(), t.waiting.discarded)}
          onClose={() => setAsking(false)}
        >
          <p>{t.waiting.discardText}</p>
        </Dialog>
      )}
    </div>
  );
}
