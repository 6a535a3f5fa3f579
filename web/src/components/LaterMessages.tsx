import type { RefObject } from "react";
import { useI18n } from "../i18n/useI18n";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import { BELOW } from "../state/useEarlier";
import { LoadMessages } from "./LoadMessages";

interface LaterMessagesProps {
  controls: Pick<ConversationControls, "store" | "found">;
  box: RefObject<HTMLElement | null>;
}

/** Loads the messages that follow those around a found one. */
export function LaterMessages({ controls, box }: LaterMessagesProps) {
  const { store, found } = controls;
  const { t } = useI18n();
  return (
    <LoadMessages
      store={store}
      box={box}
      more={useSelected(store, (state) => state.later)}
      state={useSelected(store, ({ loadingLater }) => loadingLater)}
      load={found.loadLater}
      edge={useSelected(store, ({ messages }) => messages.at(-1)?.id ?? null)}
      margin={BELOW}
      testId="later"
      words={{ button: t.later, failed: t.laterFailed, loaded: t.laterLoaded }}
    />
  );
}
