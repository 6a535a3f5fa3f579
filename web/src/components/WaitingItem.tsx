import { useState } from "react";
import { useI18n } from "../i18n/useI18n";
import { languageOf } from "../lib/language";
import type { ListedQuestion } from "../state/waiting";
import { WaitingFiles } from "./files/WaitingFiles";
import { IconButton } from "./ui/IconButton";
import { ChevronIcon, CloseIcon, EditIcon } from "./ui/icons";
import { useClamped } from "./useClamped";

interface WaitingItemProps {
  question: ListedQuestion;
  position: number;
  onEdit: (turnId: string, text: string) => void;
  onRemove: (turnId: string) => void;
}

/** A waiting question with its number. A long text is cut off until it is wanted. */
export function WaitingItem({ question, position, onEdit, onRemove }: WaitingItemProps) {
  const { t } = useI18n();
  const { turnId, text, files } = question;
  const [whole, setWhole] = useState(false);
  const [element, clamped] = useClamped(text, whole);
  return (
    <>
      <span className="waiting-number" aria-hidden="true">
        {position}
      </span>
      <div className="waiting-question">
        {files.length > 0 && <WaitingFiles files={files} />}
        <p
          className={whole ? "waiting-text whole" : "waiting-text"}
          ref={element}
          dir="auto"
          lang={languageOf(text.slice(0, 600))}
        >
          {text}
        </p>
      </div>
      <span className="waiting-actions">
        {(clamped || whole) && (
          <IconButton
            label={whole ? t.waiting.less : t.waiting.more}
            className={whole ? "small turned" : "small"}
            testId="waiting-whole"
            onClick={() => setWhole(!whole)}
          >
            <ChevronIcon size={16} />
          </IconButton>
        )}
        {turnId ? (
          <>
            <IconButton
              label={t.waiting.edit(position)}
              className="small"
              testId="waiting-edit"
              onClick={() => onEdit(turnId, text)}
            >
              <EditIcon size={16} />
            </IconButton>
            <IconButton
              label={t.waiting.remove(position)}
              className="small"
              testId="waiting-remove"
              onClick={() => onRemove(turnId)}
            >
              <CloseIcon size={16} />
            </IconButton>
          </>
        ) : (
          <span className="note">{t.sending}</span>
        )}
      </span>
    </>
  );
}
