import type { RefObject } from "react";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import { BELOW, useNear } from "../state/useEarlier";

interface LaterMessagesProps {
  controls: Pick<ConversationControls, "store" | "found">;
  box: RefObject<HTMLElement | null>;
}

/** Loads later messages below those around a found one, when the reader scrolls there or presses the button. */
export function LaterMessages({ controls, box }: LaterMessagesProps) {
  const { store, found } = controls;
  const { t } = useI18n();
  const more = useSelected(store, (state) => state.later);
  const state = useSelected(store, ({ loadingLater }) => loadingLater);
  const last = useSelected(store, ({ messages }) => messages.at(-1)?.id ?? null);
  const failed = state === "failed";
  const load = found.loadLater;
  const element = useNear(box, load, { on: more && !failed, first: last, margin: BELOW });

  const press = async () => {
    const count = store.get().messages.length;
    await load();
    const added = store.get().messages.length - count;
    if (added > 0) announce(t.laterLoaded(added));
    if (document.activeElement === document.body)
      box.current?.querySelector<HTMLElement>("[data-testid=log]")?.focus({ preventScroll: true });
  };

  if (!more) return null;
  return (
    <div className="earlier" ref={element}>
      {failed && <p role="alert">{t.laterFailed}</p>}
      <button
        type="button"
        className="button small"
        data-testid="later"
        aria-busy={state === "loading"}
        onClick={() => void press()}
      >
        {state === "loading" ? t.loading : failed ? t.retry : t.later}
      </button>
    </div>
  );
}
