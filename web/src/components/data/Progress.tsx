import { useI18n } from "../../i18n/useI18n";

interface ProgressProps {
  label: string;
  /** From 0 to 1; null if it is unknown. */
  share: number | null;
  onCancel: () => void;
}

/** A bar with what is being done, and a button that cancels it. */
export function Progress({ label, share, onCancel }: ProgressProps) {
  const { t } = useI18n();
  return (
    <div className="progress" data-testid="progress">
      <progress aria-label={label} max={1} {...(share === null ? {} : { value: share })} />
      <span className="progress-label">{label}</span>
      <button type="button" className="button small" data-testid="cancel" onClick={onCancel}>
        {t.cancel}
      </button>
    </div>
  );
}
