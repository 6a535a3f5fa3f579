import { useI18n } from "../i18n/useI18n";
import type { LostVersion } from "../state/replaced";

interface LostVersionButtonsProps {
  lost: LostVersion;
  disabled: boolean;
  onRetry: () => void;
  onShow: (version: string) => void;
}

/** What a reader can do about a version that has no answer: ask for one again, or look at an edited question. */
export function LostVersionButtons({ lost, disabled, onRetry, onShow }: LostVersionButtonsProps) {
  const { t } = useI18n();
  const { question } = lost;
  return (
    <>
      {question && (
        <button
          type="button"
          className="button small"
          data-testid="show-lost"
          disabled={disabled}
          onClick={() => onShow(question.id)}
        >
          {t.lostEdit.show}
        </button>
      )}
      <button
        type="button"
        className="button small"
        data-testid="send-again"
        disabled={disabled}
        onClick={onRetry}
      >
        {t.retry}
      </button>
    </>
  );
}
