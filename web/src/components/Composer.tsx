import { type KeyboardEvent, type ReactNode, useContext, useEffect, useRef } from "react";
import { useI18n } from "../i18n/useI18n";
import { focusBack } from "../lib/focus";
import { isTouch } from "../lib/pointer";
import { entersToSend, isSendKey, lengthOf, MessageLimit } from "../lib/typing";
import { ComposerNote } from "./ComposerNote";
import { SendIcon, StopIcon } from "./ui/icons";
import { useGrowingHeight } from "./useGrowingHeight";
import { useHasBeenTrueFor } from "./useHasBeenTrueFor";

export interface ComposerProps {
  text: string;
  persona: string;
  /** Changes with the conversation, so that another one gets the focus. */
  focusKey: string;
  busy: boolean;
  /** Why the last Enter had no effect; empty if it had. */
  hint: string;
  /** What the reader may want to know before writing, if anything. */
  note?: string;
  /** Whether something is in the way that the reader can change, so that the button says what. */
  obstructed: boolean;
  stoppable: boolean;
  /** Whether a question that is sent now waits. */
  queues: boolean;
  stopping: boolean;
  onWrite: (text: string) => void;
  onSend: () => void;
  /** Called when the text cannot be sent although that was tried. */
  onRefused: () => void;
  onStop: () => void;
  /** Offered for a text that is too long; gets the part that becomes a file, and what is left of the text. */
  onAttachText: ((part: string, rest: string) => unknown) | null;
  /** Takes a pasted text that is not for the composer, with the selection that it would replace. Returns whether it did. */
  onPaste: ((text: string, from: number, to: number) => boolean) | null;
  /** Shown above the text. */
  above: ReactNode;
  /** The buttons before the one that sends. */
  children: ReactNode;
}

/** Stop replaces Send; the second click of a double click must not stop what the first one sent. */
const DOUBLE_CLICK = 500;

/** Returns the pasted part of a text that is too long, if the rest of it is short enough, otherwise all of it. */
const partToAttach = (text: string, pasted: string, over: number) =>
  text.includes(pasted) && lengthOf(pasted) >= over ? pasted : text;

export function Composer(props: ComposerProps) {
  const { text, persona, focusKey, busy, obstructed, queues, stoppable, stopping } = props;
  const { hint, onWrite, onSend, onRefused, onStop, onAttachText } = props;
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
  const written = text.trim() !== "";
  const sendable = !busy && !obstructed && over <= 0 && written;
  const send = () => {
    if (sendable) onSend();
    else if (obstructed || (busy && written)) onRefused();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isSendKey(event.nativeEvent)) return;
    event.preventDefault();
    send();
  };
  const pasted = useRef("");
  const toAttach = over > 0 ? partToAttach(text, pasted.current, over) : "";

  return (
    <>
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {props.above}
        <textarea
          ref={area}
          rows={1}
          dir="auto"
          aria-label={t.composer}
          aria-invalid={over > 0}
          data-testid="composer"
          placeholder={t.placeholder(persona)}
          enterKeyHint={entersToSend() ? "send" : "enter"}
          value={text}
          onChange={(event) => onWrite(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const { selectionStart, selectionEnd } = event.currentTarget;
            pasted.current = event.clipboardData.getData("text/plain").replaceAll("\r\n", "\n");
            if (props.onPaste?.(pasted.current, selectionStart, selectionEnd))
              event.preventDefault();
          }}
        />
        {props.children}
        {(!stoppable || (queues && (written || obstructed))) && (
          <button
            key="send"
            type="submit"
            className="send"
            data-testid="send"
            aria-label={queues ? t.waiting.send : t.send}
            title={queues ? t.waiting.send : t.send}
            disabled={!sendable && !obstructed}
            aria-disabled={!sendable}
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
      <ComposerNote
        length={length}
        limit={limit}
        hint={hint}
        note={props.note ?? ""}
        queues={queues}
        pasted={toAttach !== text}
        onAttach={onAttachText && (() => onAttachText(toAttach, text.replace(toAttach, "")))}
      />
    </>
  );
}
