import { useCallback, useMemo } from "react";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { focusBack, focusInWaiting } from "../lib/focus";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import { isPaused, listed } from "../state/waiting";
import { PausedBar } from "./PausedBar";
import { QuestionEditor } from "./QuestionEditor";
import { useWaitingEdit } from "./useWaitingEdit";
import { WaitingItem } from "./WaitingItem";

interface WaitingQuestionsProps {
  controls: Pick<ConversationControls, "store" | "waiting">;
  /** Keeps the new text of a question that is asked already. */
  onKeep: (text: string) => void;
}

const LATE = { code: "not_waiting", detail: "", retryable: false };

/** The questions that wait, in order, and why they pause. */
export function WaitingQuestions({ controls, onKeep }: WaitingQuestionsProps) {
  const { store, waiting: changes } = controls;
  const { t } = useI18n();
  const waiting = useSelected(store, (state) => state.waiting);
  const questions = useMemo(() => listed(waiting), [waiting]);
  const onLate = useCallback(
    () => store.dispatch({ type: "refused", fault: LATE, kind: "reworded" }),
    [store],
  );
  const { edited, saving, ...editing } = useWaitingEdit(questions, changes, onKeep, onLate);
  if (questions.length === 0) return null;

  const remove = async (turnId: string) => {
    const at = questions.findIndex((one) => one.turnId === turnId);
    const next = (questions[at + 1] ?? questions[at - 1])?.turnId;
    if (next) focusInWaiting(next, "waiting-remove");
    else focusBack();
    if ((await changes.remove(turnId)) === "done") announce(t.waiting.removed);
  };

  return (
    <section className="waiting" aria-label={t.waiting.label} data-testid="waiting">
      {isPaused(waiting) && <PausedBar store={store} changes={changes} count={questions.length} />}
      <ol>
        {questions.map((question, index) => (
          <li
            key={question.key}
            className={question.turnId ? "" : "sending"}
            data-testid="waiting-question"
            data-turn-id={question.turnId ?? ""}
          >
            {edited && edited.turnId === question.turnId ? (
              <QuestionEditor
                text={edited.text}
                busy={saving}
                label={t.waiting.editLabel}
                action={t.save}
                onWrite={editing.write}
                onCancel={editing.cancel}
                onSend={({ text }) => editing.save(text)}
              />
            ) : (
              <WaitingItem
                question={question}
                position={index + 1}
                onEdit={editing.begin}
                onRemove={(turnId) => void remove(turnId)}
              />
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
