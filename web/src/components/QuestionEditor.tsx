import { type KeyboardEvent, useContext, useEffect, useRef, useState } from "react";
import { useI18n } from "../i18n/useI18n";
import { isSendKey, lengthOf, MessageLimit } from "../lib/typing";
import { useGrowingHeight } from "./useGrowingHeight";

interface QuestionEditorProps {
  text: string;
  busy: boolean;
  /** The names of the field and of the button that saves; by default those of a question that is sent again. */
  label?: string;
  action?: string;
  onWrite?: (text: string) => void;
  onSend: (text: string) => void;
  onCancel: () => void;
}

export function QuestionEditor(props: QuestionEditorProps) {
  const { text, busy, label, action, onWrite, onSend, onCancel } = props;
  const { t } = useI18n();
  const [draft, setDraft] = useState(text);
  const area = useRef<HTMLTextAreaElement>(null);
  useGrowingHeight(area, draft);
  useEffect(() => area.current?.focus(), []);

  const limit = useContext(MessageLimit);
  const sendable = !busy && draft.trim() !== "" && lengthOf(draft) <= limit;
  const send = () => {
    if (sendable) onSend(draft);
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
      <textarea
        ref={area}
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
