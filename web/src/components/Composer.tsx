import { type KeyboardEvent, type ReactNode, useContext, useEffect, useRef } from "react";
import { useI18n } from "../i18n/useI18n";
import { focusBack } from "../lib/focus";
import { isTouch } from "../lib/pointer";
import { isSendKey, lengthOf, MessageLimit, NEAR_LIMIT } from "../lib/typing";
import { SendIcon, StopIcon } from "./ui/icons";
import { useGrowingHeight } from "./useGrowingHeight";
import { useHasBeenTrueFor } from "./useHasBeenTrueFor";

interface ComposerProps {
  text: string;
  persona: string;
  /** Changes with the conversation, so that another one gets the focus. */
  focusKey: string;
  busy: boolean;
  /** Why the last Enter had no effect; empty if it had. */
  hint: string;
  stoppable: boolean;
  /** Whether a question that is sent now waits. */
  queues: boolean;
  stopping: boolean;
  onWrite: (text: string) => void;
  onSend: () => void;
  /** Called when Enter is pressed while the text cannot be sent. */
  onRefused: () => void;
  onStop: () => void;
  /** Switches before the button that sends. */
  children?: ReactNode;
}

/** Stop replaces Send; the second click of a double click must not stop what the first one sent. */
const DOUBLE_CLICK = 500;

export function Composer(props: ComposerProps) {
  const { text, persona, focusKey, busy, queues, stoppable, stopping } = props;
  const { hint, onWrite, onSend, onRefused, onStop, children } = props;
  const { t } = useI18n();
  const ready = useHasBeenTrueFor(stoppable, DOUBLE_CLICK);
  const area = useRef<HTMLTextAreaElement>(null);
  useGrowingHeight(area, text);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation gets the focus
  useEffect(() => {
    // On a touch screen the focus would open the keyboard over the conversation.
    if (!isTouch()) area.current?.focus();
  }, [focusKey]);

  const length = lengthOf(text);
  const limit = useContext(MessageLimit);
  const over = length - limit;
  const sendable = !busy && over <= 0 && text.trim() !== "";
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isSendKey(event.nativeEvent)) return;
    event.preventDefault();
    if (sendable) onSend();
    else if (busy && text.trim() !== "") onRefused();
  };

  return (
    <>
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          if (sendable) onSend();
        }}
      >
        <textarea
          ref={area}
          rows={1}
          aria-label={t.composer}
          aria-invalid={over > 0}
          data-testid="composer"
          placeholder={t.placeholder(persona)}
          enterKeyHint={isTouch() ? "enter" : "send"}
          value={text}
          onChange={(event) => onWrite(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {children}
        {(!stoppable || (queues && text.trim() !== "")) && (
          <button
            key="send"
            type="submit"
            className="send"
            data-testid="send"
            aria-label={queues ? t.waiting.send : t.send}
            title={queues ? t.waiting.send : t.send}
            disabled={!sendable}
          >
            <SendIcon size={20} />
          </button>
        )}
        {stoppable && (
          <button
            type="button"
            className="send stop"
            data-testid="stop"
            aria-label={stopping ? t.stopping : t.stop}
            title={stopping ? t.stopping : t.stop}
            key="stop"
            disabled={stopping}
            aria-disabled={!ready}
            onClick={() => {
              if (!ready) return;
              focusBack();
              onStop();
            }}
          >
            <StopIcon />
          </button>
        )}
      </form>
      <ComposerNote length={length} limit={limit} hint={hint} queues={queues} />
    </>
  );
}

interface ComposerNoteProps {
  length: number;
  limit: number;
  hint: string;
  queues: boolean;
}

function ComposerNote({ length, limit, hint, queues }: ComposerNoteProps) {
  const { t } = useI18n();
  const over = length - limit;
  if (over > 0) return <p className="counter over">{t.tooLong(over)}</p>;
  if (hint)
    return (
      <p className="hint refused" data-testid="hint">
        {hint}
      </p>
    );
  if (length >= NEAR_LIMIT * limit) return <p className="counter">{t.characters(length, limit)}</p>;
  return isTouch() ? null : <p className="hint">{queues ? t.waiting.hint : t.hint}</p>;
}
