import type { Model } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { type DraftFile, hasFailed, hasPictures, isUploading } from "../../state/draftFiles";
import { sees } from "../../state/models";
import { useSelected } from "../../state/store";
import type { Draft } from "../../state/useDraft";

/** Whether a model would not see the pictures of a draft. */
export const isBlind = (files: readonly DraftFile[], model: Model | undefined) =>
  model !== undefined && !sees(model) && hasPictures(files);

/** Returns why a draft with files cannot be sent yet; empty if it can. */
export function useObstacle(
  { text, files }: Pick<Draft, "text" | "files">,
  model: Model | undefined,
): string {
  const { t } = useI18n();
  const lacksText = useSelected(text, (written) => files.length > 0 && written.trim() === "");
  if (files.length === 0) return "";
  if (hasFailed(files)) return t.someFailed;
  if (model && isBlind(files, model)) return t.noVision(model.label);
  if (isUploading(files)) return t.stillUploading;
  return lacksText ? t.needsText : "";
}
