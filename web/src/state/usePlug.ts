import { useCallback, useEffect, useReducer, useState } from "react";
import { killWorker } from "../api/demo";
import type { Fault } from "../api/fault";
import { faultOf } from "../api/http";
import { isSettled, type Plug, reducePlug } from "./plug";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";

const STORED = "plug";

/** Reads what was said last in this tab. */
function recallPlug(): Plug | null {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? "null");
  } catch {
    return null;
  }
}

function keepPlug(plug: Plug | null): void {
  try {
    if (plug && isSettled(plug)) sessionStorage.setItem(STORED, JSON.stringify(plug));
    else sessionStorage.removeItem(STORED);
  } catch {
    // The line lasts as long as the page.
  }
}

/** Kills the worker that writes the running reply, and follows what becomes of the reply. */
export function usePlug(store: ConversationStore) {
  const [plug, dispatch] = useReducer(reducePlug, null, recallPlug);
  const [fault, setFault] = useState<Fault | null>(null);

  const sessionId = useSelected(store, (state) => state.sessionId);
  const isHere = plug?.sessionId === sessionId;

  useEffect(() => {
    const observe = () => dispatch({ type: "observed", reply: store.get().reply, now: Date.now() });
    return isHere ? store.subscribe(observe) : undefined;
  }, [store, isHere]);
  useEffect(() => keepPlug(plug), [plug]);

  const pull = useCallback(() => {
    const { reply, sessionId } = store.get();
    if (!reply || !sessionId) return;
    setFault(null);
    dispatch({ type: "pulled", sessionId, reply, now: Date.now() });
    killWorker().then(
      () => dispatch({ type: "killed", reply: store.get().reply, now: Date.now() }),
      (error: unknown) => {
        setFault(faultOf(error));
        dispatch({ type: "refused" });
      },
    );
  }, [store]);
  const dismiss = useCallback(() => {
    setFault(null);
    dispatch({ type: "dismissed" });
  }, []);
  return { plug: isHere ? plug : null, pull, fault, dismiss };
}
