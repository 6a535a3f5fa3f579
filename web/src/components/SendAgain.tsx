import { useI18n } from "../i18n/useI18n";

interface SendAgainProps {
  disabled: boolean;
  onSend: () => void;
}

/** Sends the question again that was refused last. */
export function SendAgain({ disabled, onSend }: SendAgainProps) {
  const { t } = useI18n();
  return (
    <button
      type="button"
      className="button small"
      data-testid="send-again"
      disabled={disabled}
      onClick={onSend}
    >
      {t.retry}
    </button>
  );
}
