import { type RefObject, useCallback } from "react";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";
import { firstOf, useEarlier, useNear } from "../state/useEarlier";

interface EarlierMessagesProps {
  store: ConversationStore;
  reload: () => Promise<void>;
  box: RefObject<HTMLElement | null>;
  /** Gets the focus when the button disappears because everything is loaded. */
  log: RefObject<HTMLElement | null>;
}

/** Loads earlier messages when the reader scrolls to the top or presses the button. */
export function EarlierMessages({ store, reload, box, log }: EarlierMessagesProps) {
  const { t } = useI18n();
  const { more, state, load } = useEarlier(store, reload, box);
  const first = useSelected(store, firstOf);
  const failed = state === "failed";
  const element = useNear(box, load, { on: more && !failed, first });

  const press = useCallback(async () => {
    const count = store.get().messages.length;
    await load();
    const added = store.get().messages.length - count;
    if (added > 0) announce(t.earlierLoaded(added));
    if (document.activeElement === document.body) log.current?.focus({ preventScroll: true });
  }, [store, load, log, t]);

  if (!more) return null;
  return (
    <div className="earlier" ref={element}>
      {failed && <p role="alert">{t.earlierFailed}</p>}
      <button
        type="button"
        className="button small"
        data-testid="earlier"
        aria-busy={state === "loading"}
        onClick={() => void press()}
      >
        {state === "loading" ? t.loading : failed ? t.retry : t.earlier}
      </button>
    </div>
  );
}
