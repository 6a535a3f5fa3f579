import { useEffect, useRef } from "react";
import { useI18n } from "../../i18n/useI18n";

interface UnsavedProps {
  onStay: () => void;
  onDiscard: () => void;
}

/** Asks before changes that are not saved are lost. */
export function Unsaved({ onStay, onDiscard }: UnsavedProps) {
  const { t } = useI18n();
  const stay = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    stay.current?.focus();
    stay.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <div className="unsaved" role="alert" data-testid="unsaved">
      <p>{t.unsaved}</p>
      <button ref={stay} type="button" className="button small" onClick={onStay}>
        {t.keepEditing}
      </button>
      <button
        type="button"
        className="button small outlined-danger"
        data-testid="discard"
        onClick={onDiscard}
      >
        {t.discardChanges}
      </button>
    </div>
  );
}
