import { useEffect, useRef } from "react";
import { flushSync } from "react-dom";
import type { Fault } from "../api/fault";
import { reveal } from "../lib/reveal";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import type { StickyBottom } from "../state/useStickyBottom";

/** A message that the reader has chosen in a search. Each choice is a new object. */
export interface Jump {
  sessionId: string;
  messageId: string;
}

interface Options {
  jump: Jump | null;
  controls: Pick<ConversationControls, "store" | "found">;
  sticky: StickyBottom;
  onFailed: (fault: Fault) => void;
}

/** Shows the chosen message once its session is open: loads it, scrolls to it, marks it and gives it the focus. */
export function useJump({ jump, controls, sticky, onFailed }: Options): void {
  const { store, found } = controls;
  const { box, letGo } = sticky;
  const isOpen = useSelected(
    store,
    ({ load, sessionId }) => load === "ready" && sessionId === jump?.sessionId,
  );
  const done = useRef<Jump | null>(null);
  const failed = useRef(onFailed);
  failed.current = onFailed;

  useEffect(() => {
    if (!jump || !isOpen || done.current === jump) return;
    done.current = jump;
    const draw = (change: () => void) => {
      letGo();
      flushSync(change);
      letGo();
      if (box.current) reveal(box.current, jump.messageId);
    };
    void found.show(jump.messageId, draw).then((fault) => {
      if (fault && done.current === jump) failed.current(fault);
    });
  }, [jump, isOpen, found, box, letGo]);
}
