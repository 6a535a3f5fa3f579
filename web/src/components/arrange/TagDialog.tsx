import { type KeyboardEvent, useId, useState } from "react";
import type { Session } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { commonTags, MAX_TAG_CHARS, MAX_TAGS, suggestionsFor, tagOf } from "../../state/marks";
import { CloseIcon, PlusIcon } from "../ui/icons";
import { Modal } from "../ui/Modal";

interface TagDialogProps {
  sessions: readonly Session[];
  /** All tags in use. */
  known: readonly string[];
  onSave: (added: readonly string[], removed: readonly string[]) => void;
  onClose: () => void;
}

/** Edits the tags of one conversation, or those that several share. */
export default function TagDialog({ sessions, known, onSave, onClose }: TagDialogProps) {
  const { t } = useI18n();
  const [before] = useState(() => commonTags(sessions));
  const [tags, setTags] = useState<readonly string[]>(before);
  const [text, setText] = useState("");
  const hint = useId();
  const full = tags.length >= MAX_TAGS;

  const add = (given: string) => {
    const tag = tagOf(given, known);
    setText("");
    if (tag && !full) setTags((some) => (some.includes(tag) ? some : [...some, tag]));
  };
  const remove = (tag: string) => setTags((some) => some.filter((one) => one !== tag));
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    if ((event.key === "Enter" && text.trim()) || event.key === "," || event.key === "，") {
      event.preventDefault();
      add(text);
    } else if (event.key === "Backspace" && text === "") {
      setTags((some) => some.slice(0, -1));
    }
  };
  const save = () => {
    const last = full ? "" : tagOf(text, known);
    const all = last && !tags.includes(last) ? [...tags, last] : tags;
    onSave(
      all.filter((tag) => !before.includes(tag)),
      before.filter((tag) => !all.includes(tag)),
    );
    onClose();
  };

  return (
    <Modal title={t.arrange.tagsTitle(sessions.length)} className="tag-dialog" onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <div className="tag-field">
          {tags.map((tag) => (
            <button
              key={tag}
              type="button"
              className="tag-chip"
              aria-label={t.arrange.removeTag(tag)}
              title={t.arrange.removeTag(tag)}
              data-testid="tag"
              onClick={() => remove(tag)}
            >
              <span dir="auto">{tag}</span>
              <CloseIcon size={12} />
            </button>
          ))}
          <input
            type="text"
            dir="auto"
            aria-label={t.arrange.addTag}
            placeholder={t.arrange.addTag}
            aria-describedby={hint}
            data-testid="tag-input"
            maxLength={MAX_TAG_CHARS}
            disabled={full}
            // biome-ignore lint/a11y/noAutofocus: the field is what the dialog was opened for
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={onKeyDown}
          />
        </div>
        <p className="tag-hint" id={hint}>
          {sessions.length > 1 ? t.arrange.tagsHintMany : t.arrange.tagsHint}
        </p>
        {!full && <Suggestions tags={suggestionsFor(text, known, tags)} onChoose={add} />}
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
          <button type="submit" className="button primary" data-testid="confirm">
            {t.save}
          </button>
        </div>
      </form>
    </Modal>
  );
}

interface SuggestionsProps {
  tags: readonly string[];
  onChoose: (tag: string) => void;
}

function Suggestions({ tags, onChoose }: SuggestionsProps) {
  const { t } = useI18n();
  if (tags.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields of a form
    <div className="tag-suggestions" role="group" aria-label={t.arrange.suggestions}>
      {tags.map((tag) => (
        <button
          key={tag}
          type="button"
          className="tag-chip"
          data-testid="tag-suggestion"
          onClick={() => onChoose(tag)}
        >
          <PlusIcon size={12} />
          <span dir="auto">{tag}</span>
        </button>
      ))}
    </div>
  );
}
