import type { RefObject } from "react";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import type { Conversation } from "../state/conversation";
import type { ConversationStore } from "../state/useConversation";
import { useNear } from "../state/useEarlier";

interface LoadMessagesProps {
  store: ConversationStore;
  box: RefObject<HTMLElement | null>;
  /** Whether there are messages to load. */
  more: boolean;
  state: Conversation["loadingEarlier"];
  load: () => Promise<void>;
  /** Changes with each loaded page. */
  edge: string | null;
  /** The root margin within which the button counts as visible. */
  margin: string;
  testId: string;
  words: { button: string; failed: string; loaded: (count: number) => string };
}

/** Loads more messages when the reader scrolls near the button, or presses it. */
export function LoadMessages({ store, box, more, state, load, edge, ...props }: LoadMessagesProps) {
  const { margin, testId, words } = props;
  const { t } = useI18n();
  const failed = state === "failed";
  const element = useNear(box, load, { on: more && !failed, edge, margin });

  const press = async () => {
    const count = store.get().messages.length;
    await load();
    const added = store.get().messages.length - count;
    if (added > 0) announce(words.loaded(added));
    // The button disappears once everything is loaded, and its focus with it.
    if (document.activeElement === document.body)
      box.current?.querySelector<HTMLElement>("[role=log]")?.focus({ preventScroll: true });
  };

  if (!more) return null;
  return (
    <div className="earlier" ref={element}>
      {failed && <p role="alert">{words.failed}</p>}
      <button
        type="button"
        className="button small"
        data-testid={testId}
        aria-busy={state === "loading"}
        onClick={() => void press()}
      >
        {state === "loading" ? t.loading : failed ? t.retry : words.button}
      </button>
    </div>
  );
}
