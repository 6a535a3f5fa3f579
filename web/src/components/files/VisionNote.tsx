import { useContext, useEffect } from "react";
import type { Model } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { focusComposer } from "../../lib/focus";
import { isTouch } from "../../lib/pointer";
import { OfferedModels, seeingModel } from "../../state/models";
import { EyeOffIcon } from "../ui/icons";

interface VisionNoteProps {
  /** The model, which cannot see pictures. */
  model: Model;
  onChoose: (id: string) => void;
}

/** Says that the chosen model will not see the pictures, and offers one that will. */
export function VisionNote({ model, onChoose }: VisionNoteProps) {
  const { t } = useI18n();
  const other = seeingModel(useContext(OfferedModels), model.provider);
  const text = other ? t.noVision(model.label) : t.noVisionAtAll(model.label);
  useEffect(() => announce(text), [text]);
  return (
    <p className="vision-note" data-testid="vision-note">
      <EyeOffIcon size={16} />
      <span>{text}</span>
      {other && (
        <button
          type="button"
          className="button small"
          data-testid="use-seeing"
          onClick={() => {
            onChoose(other.id);
            if (!isTouch()) focusComposer();
          }}
        >
          {t.takeModel(other.label)}
        </button>
      )}
    </p>
  );
}
