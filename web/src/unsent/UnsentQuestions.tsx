import { useMemo, useState } from "react";
import { WaitingFiles } from "../components/files/WaitingFiles";
import { QuestionEditor } from "../components/QuestionEditor";
import { IconButton } from "../components/ui/IconButton";
import { CloseIcon, EditIcon } from "../components/ui/icons";
import { type Catalogue, sentenceFor } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { focusBack } from "../lib/focus";
import { languageOf } from "../lib/language";
import { uuid } from "../lib/uuid";
import { useSelected } from "../state/store";
import { changeUnsent, KEY_USED, type Unsent, unsent } from "./unsent";

/** The questions of a conversation that could not be sent yet, in order. */
export function UnsentQuestions({ place }: { place: string | null }) {
  const { t } = useI18n();
  const all = useSelected(unsent, (list) => list);
  const questions = useMemo(() => all.filter((one) => one.place === place), [all, place]);
  const [edited, setEdited] = useState<string | null>(null);
  if (questions.length === 0) return null;
  return (
    <section className="waiting unsent" aria-label={t.unsent.label} data-testid="unsent">
      <ol>
        {questions.map((question) => (
          <li key={question.key} data-testid="unsent-question">
            {edited === question.key ? (
              <QuestionEditor
                text={question.text}
                busy={false}
                label={t.waiting.editLabel}
                action={t.save}
                onCancel={() => setEdited(null)}
                onSend={({ text }) => {
                  changeUnsent({ type: "reword", key: question.key, text });
                  setEdited(null);
                  focusBack();
                }}
              />
            ) : (
              <UnsentItem question={question} onEdit={() => setEdited(question.key)} />
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function noteOf(t: Catalogue, { fault }: Unsent): string {
  if (!fault) return t.unsent.waits;
  return fault.code === KEY_USED ? t.unsent.arrived : sentenceFor(t, fault);
}

function UnsentItem({ question, onEdit }: { question: Unsent; onEdit: () => void }) {
  const { t } = useI18n();
  const { key, text, files, fault } = question;
  const remove = () => {
    focusBack();
    changeUnsent({ type: "remove", key });
    announce(t.unsent.removed);
  };
  return (
    <>
      <div className="waiting-question">
        {files.length > 0 && <WaitingFiles files={files} />}
        <p className="waiting-text" dir="auto" lang={languageOf(text.slice(0, 600))}>
          {text}
        </p>
        <p className={fault ? "unsent-note danger" : "unsent-note"}>{noteOf(t, question)}</p>
      </div>
      <span className="waiting-actions">
        {fault && (
          <button
            type="button"
            className="button small"
            data-testid="unsent-again"
            onClick={() => changeUnsent({ type: "again", key, fresh: uuid() })}
          >
            {t.unsent.again}
          </button>
        )}
        <IconButton label={t.unsent.edit} className="small" testId="unsent-edit" onClick={onEdit}>
          <EditIcon size={16} />
        </IconButton>
        <IconButton
          label={t.unsent.remove}
          className="small"
          testId="unsent-remove"
          onClick={remove}
        >
          <CloseIcon size={16} />
        </IconButton>
      </span>
    </>
  );
}
