import { useCallback, useEffect, useState } from "react";
import type { ConversationControls } from "../state/useConversation";

interface Stop {
  stopping: boolean;
  failed: boolean;
  stop: () => void;
  forget: () => void;
}

const OVERLAYS = "dialog[open], :popover-open";

/** Stopping the running reply, by its button or by Escape where nothing else is open to be closed. */
export function useStop({ conversation, stop: cancel }: ConversationControls, busy: boolean): Stop {
  const [state, setState] = useState<"idle" | "stopping" | "failed">("idle");
  const running = busy && conversation.reply !== null;

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
      if (!document.querySelector(OVERLAYS)) stop();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [running, stop]);

  const forget = useCallback(() => setState("idle"), []);
  return { stopping: state === "stopping" && running, failed: state === "failed", stop, forget };
}
