import { useI18n } from "../i18n/useI18n";
import { ThinkIcon } from "./ui/icons";

interface ThinkSwitchProps {
  /** Undefined where the model has no switch; then nothing is shown. */
  on: boolean | undefined;
  onTurn: (on: boolean) => void;
}

/** Decides whether the model thinks before it answers. */
export function ThinkSwitch({ on, onTurn }: ThinkSwitchProps) {
  const { t } = useI18n();
  if (on === undefined) return null;
  return (
    <button
      type="button"
      className="think"
      aria-label={t.think}
      title={t.think}
      aria-pressed={on}
      data-testid="think"
      onClick={() => onTurn(!on)}
    >
      <ThinkIcon />
      <span aria-hidden="true">{t.thinkShort}</span>
    </button>
  );
}
