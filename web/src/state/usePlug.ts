import { useCallback, useEffect, useReducer, useState } from "react";
import { killWorker } from "../api/demo";
import type { Fault } from "../api/fault";
import { faultOf } from "../api/http";
import { reducePlug } from "./plug";
import type { ConversationStore } from "./useConversation";

/** Kills the worker that writes the running reply, and follows what becomes of the reply. */
export function usePlug(store: ConversationStore) {
  const [plug, dispatch] = useReducer(reducePlug, null);
  const [fault, setFault] = useState<Fault | null>(null);

  useEffect(() => {
    const observe = () => dispatch({ type: "observed", reply: store.get().reply, now: Date.now() });
    return store.subscribe(observe);
  }, [store]);

  const pull = useCallback(() => {
    const { reply } = store.get();
    if (!reply) return;
    setFault(null);
    dispatch({ type: "pulled", reply, now: Date.now() });
    killWorker().then(
      () => dispatch({ type: "killed", now: Date.now() }),
      (error: unknown) => {
        setFault(faultOf(error));
        dispatch({ type: "refused" });
      },
    );
  }, [store]);
  return { plug, pull, fault };
}
