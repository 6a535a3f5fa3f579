import type { RefObject } from "react";
import { useI18n } from "../i18n/useI18n";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";
import { ABOVE, firstOf, useEarlier } from "../state/useEarlier";
import { LoadMessages } from "./LoadMessages";

interface EarlierMessagesProps {
  store: ConversationStore;
  reload: () => Promise<void>;
  box: RefObject<HTMLElement | null>;
}

/** Loads the messages that precede those that are shown. */
export function EarlierMessages({ store, reload, box }: EarlierMessagesProps) {
  const { t } = useI18n();
  return (
    <LoadMessages
      store={store}
      box={box}
      {...useEarlier(store, reload, box)}
      edge={useSelected(store, firstOf)}
      margin={ABOVE}
      testId="earlier"
      words={{ button: t.earlier, failed: t.earlierFailed, loaded: t.earlierLoaded }}
    />
  );
}
