import { useI18n } from "../i18n/useI18n";
import { ariaKeys, isMac } from "../lib/shortcuts";
import type { Deletions } from "../state/useDeletions";
import type { Marking } from "../state/useMarking";
import type { Notice } from "../state/useNotice";
import { Toast } from "./ui/Toast";

interface ToastsProps {
  /** Whether they stand at the top, because the page has its title below. */
  high?: boolean;
  deletions: Deletions;
  marking: Marking;
  notice: Notice;
  onUndo: () => void;
}

export function Toasts({ high = false, deletions, marking, notice, onUndo }: ToastsProps) {
  const { t } = useI18n();
  const { waiting, commit, hold } = deletions;
  const [first] = waiting;
  const { undoable } = marking;
  if (!first && !notice.text && !undoable) return null;
  return (
    <section className={high ? "toasts high" : "toasts"} aria-label={t.notices}>
      {notice.text && <Toast text={notice.text} onClose={notice.dismiss} onHold={notice.hold} />}
      {undoable && (
        <Toast
          text={undoable.text}
          action={{ name: t.undo, keys: ariaKeys("undo", isMac()), onSelect: marking.undo }}
          onClose={marking.dismiss}
          onHold={marking.hold}
        />
      )}
      {first && (
        <Toast
          text={
            waiting.length > 1
              ? t.removedMany(waiting.length)
              : t.removed(first.title || t.untitled)
          }
          action={{ name: t.undo, keys: ariaKeys("undo", isMac()), onSelect: onUndo }}
          onClose={commit}
          onHold={hold}
        />
      )}
    </section>
  );
}
