import { useState } from "react";
import type { Feedback } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";

interface VoteNoteProps {
  /** Null until the server has the vote. */
  feedback: Feedback | null;
  failed: boolean;
  onSave: (text: string) => void;
  onTakeBack: () => void;
}

const MOST = 500;

/** The word on a vote, and the way to take the vote back. */
export function VoteNote({ feedback, failed, onSave, onTakeBack }: VoteNoteProps) {
  const { t } = useI18n();
  const [text, setText] = useState(feedback?.text ?? "");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSave(text.trim());
      }}
    >
      <label>
        <span>{t.reply.word}</span>
        <textarea
          className="field"
          dir="auto"
          rows={3}
          maxLength={MOST}
          data-testid="vote-text"
          // biome-ignore lint/a11y/noAutofocus: the reader has just opened the panel
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            onSave(text.trim());
          }}
        />
      </label>
      {failed && (
        <p className="vote-failed" role="alert">
          {t.reply.voteFailed}
        </p>
      )}
      <div className="vote-buttons">
        <button
          type="button"
          className="button small"
          data-testid="vote-back"
          disabled={!feedback}
          onClick={onTakeBack}
        >
          {t.reply.takeBack}
        </button>
        <button
          type="submit"
          className="button small primary"
          data-testid="vote-save"
          disabled={!feedback}
        >
          {t.save}
        </button>
      </div>
    </form>
  );
}
