import { type KeyboardEvent, useContext, useEffect, useRef, useState } from "react";
import type { StoredFile } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { isSendKey, lengthOf, MessageLimit } from "../lib/typing";
import type { Content } from "../state/drafts";
import { EditedFiles } from "./files/EditedFiles";
import { useGrowingHeight } from "./useGrowingHeight";

const NO_FILES: readonly StoredFile[] = [];

interface QuestionEditorProps {
  text: string;
  /** The files that the question has; they can be removed. */
  files?: readonly StoredFile[];
  busy: boolean;
  /** The names of the field and of the button that saves; by default those of a question that is sent again. */
  label?: string;
  action?: string;
  onWrite?: (text: string) => void;
  onSend: (content: Content) => void;
  onCancel: () => void;
}

export function QuestionEditor(props: QuestionEditorProps) {
  const { text, files = NO_FILES, busy, label, action, onWrite, onSend, onCancel } = props;
  const { t } = useI18n();
  const [draft, setDraft] = useState(text);
  const [kept, setKept] = useState(files);
  const area = useRef<HTMLTextAreaElement>(null);
  useGrowingHeight(area, draft);
  useEffect(() => area.current?.focus(), []);

  const limit = useContext(MessageLimit);
  const sendable = !busy && draft.trim() !== "" && lengthOf(draft) <= limit;
  const send = () => {
    if (sendable) onSend({ text: draft, files: kept });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      onCancel();
    } else if (isSendKey(event.nativeEvent)) {
      event.preventDefault();
      send();
    }
  };

  return (
    <div className="question editor">
      {kept.length > 0 && (
        <EditedFiles
          files={kept}
          onRemove={(id) => {
            setKept(kept.filter((file) => file.id !== id));
            area.current?.focus();
          }}
        />
      )}
      <textarea
        ref={area}
        dir="auto"
        aria-label={label ?? t.editLabel}
        data-testid="edit-text"
        rows={1}
        value={draft}
        onChange={(event) => {
          setDraft(event.target.value);
          onWrite?.(event.target.value);
        }}
        onKeyDown={onKeyDown}
      />
      <div className="editor-buttons">
        <button type="button" className="button small" onClick={onCancel}>
          {t.cancel}
        </button>
        <button
          type="button"
          className="button small primary"
          data-testid="resend"
          disabled={!sendable}
          onClick={send}
        >
          {action ?? t.resend}
        </button>
      </div>
    </div>
  );
}
