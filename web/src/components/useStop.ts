import { useCallback, useEffect, useState } from "react";
import { isOverlaid } from "../lib/overlays";
import { isBusy } from "../state/entries";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";

interface Stop {
  /** Whether a running reply can be stopped. */
  running: boolean;
  stopping: boolean;
  failed: boolean;
  stop: () => void;
  forget: () => void;
}

/** Stops the running reply by its button, or by Escape if no dialog, menu or editor is open. */
export function useStop({ store, stop: cancel }: ConversationControls): Stop {
  const [state, setState] = useState<"idle" | "stopping" | "failed">("idle");
  const running = useSelected(store, (state) => state.reply !== null && isBusy(state));

  useEffect(() => {
    if (running) setState("idle");
  }, [running]);

  const stop = useCallback(() => {
    setState("stopping");
    cancel().catch(() => setState("failed"));
  }, [cancel]);

  useEffect(() => {
    if (!running) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
      if (!isOverlaid()) stop();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [running, stop]);

  const forget = useCallback(() => setState("idle"), []);
  return {
    running,
    stopping: state === "stopping" && running,
    failed: state === "failed",
    stop,
    forget,
  };
}
