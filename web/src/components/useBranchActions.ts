import { useCallback, useMemo } from "react";
import { flushSync } from "react-dom";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { focusBack, focusInMessage, isFocusIn, messageElement } from "../lib/focus";
import type { ConversationControls } from "../state/useConversation";
import type { StickyBottom } from "../state/useStickyBottom";

export interface BranchActions {
  /** Shows a version of a message instead of the message; it is `step` versions further. */
  show: (messageId: string, version: string, step: 1 | -1) => void;
  /** Shows the end of the branch of a version that is not next to the visible one. */
  reveal: (version: string) => void;
  /** Deletes a message with all that follow it. */
  remove: (messageId: string) => void;
}

/** Shows and deletes versions without moving what the reader looks at, keeps the focus, and says what was done. */
export function useBranchActions(
  { store, branches }: Pick<ConversationControls, "store" | "branches">,
  { replace, toBottom }: Pick<StickyBottom, "replace" | "toBottom">,
): BranchActions {
  const { t } = useI18n();

  const show = useCallback(
    (messageId: string, version: string, step: 1 | -1) => {
      void branches.show(version, (change) => {
        const focused = isFocusIn(messageId);
        replace(
          messageElement(messageId),
          () => flushSync(change),
          () => messageElement(version),
        );
        if (focused) focusInMessage(version, step > 0 ? "next-version" : "previous-version");
        const shown = store.get().messages.find(({ id }) => id === version)?.versions;
        if (shown) announce(t.versionShown(shown.index + 1, shown.count));
      });
    },
    [branches, store, replace, t],
  );

  const reveal = useCallback(
    (version: string) => {
      void branches.show(version, (change) => {
        flushSync(change);
        toBottom();
        focusBack();
        announce(t.lostEdit.shown);
      });
    },
    [branches, toBottom, t],
  );

  const remove = useCallback(
    (messageId: string) => {
      void branches.remove(messageId, (change) => {
        const focused = isFocusIn(messageId);
        const { messages } = store.get();
        const at = messages.findIndex(({ id }) => id === messageId);
        const siblings = messages[at]?.versions?.ids ?? [];
        const before = messages[at - 1]?.id ?? "";
        const instead = () =>
          store.get().messages.find(({ id }) => siblings.includes(id))?.id ?? "";
        replace(
          messageElement(messageId),
          () => flushSync(change),
          () => messageElement(instead()),
        );
        if (focused && !focusInMessage(instead() || before, "remove")) focusBack();
        announce(t.removal[messages[at]?.role ?? "assistant"].done);
      });
    },
    [branches, store, replace, t],
  );

  return useMemo(() => ({ show, reveal, remove }), [show, reveal, remove]);
}
