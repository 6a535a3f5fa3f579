import { useCallback, useEffect, useRef, useState } from "react";
import * as chat from "../api/chat";
import type { Fault } from "../api/fault";
import { faultOf } from "../api/http";
import type { Models, Personas } from "../api/schemas";
import type { Locale } from "../i18n/catalogue";
import { connection } from "./connection";
import { claimKnown, keepKnown, recallKnown } from "./lastKnown";
import { useAt } from "./useAt";
import { usePolling } from "./usePolling";

export interface Catalog {
  /** Whether the browser has its identity, which all other requests need. */
  ready: boolean;
  personas: Personas | null;
  models: Models | null;
  fault: Fault | null;
  retry: () => void;
}

/** Loads the identity first (this sets the cookie), then personas and models. */
export function useCatalog(locale: Locale): Catalog {
  const [ready, setReady] = useState(false);
  const [personas, setPersonas] = useState(() => recallKnown<Personas>("personas", locale));
  const [models, setModels] = useState(() => recallKnown<Models>("models", locale));
  const [fault, setFault] = useState<Fault | null>(null);
  const [tries, setTries] = useState(0);
  const allowed = useRef(0);
  allowed.current = fault?.retryAt ?? 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a retry runs this again
  useEffect(() => {
    chat.whoAmI().then(
      ({ user_id }) => {
        claimKnown(user_id);
        setReady(true);
      },
      (error: unknown) => setFault(faultOf(error)),
    );
  }, [tries]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: persona names depend on the language
  useEffect(() => {
    if (!ready) return;
    let wanted = true;
    Promise.all([chat.listPersonas(), chat.listModels()]).then(
      ([offeredPersonas, offeredModels]) => {
        if (!wanted) return;
        setPersonas(offeredPersonas);
        setModels(offeredModels);
        keepKnown("personas", locale, offeredPersonas);
        keepKnown("models", locale, offeredModels);
        setFault(null);
      },
      (error: unknown) => wanted && setFault(faultOf(error)),
    );
    return () => {
      wanted = false;
    };
  }, [ready, locale, tries]);

  const retry = useCallback(() => setTries((count) => count + 1), []);

  // Retries automatically, because a server that is starting answers soon.
  const again = useCallback(() => {
    if (Date.now() >= allowed.current) retry();
  }, [retry]);
  usePolling(again, fault !== null, true);
  useAt(fault?.retryAt ?? null, retry);

  // Without an answer at all the connection itself is at fault, which is known elsewhere.
  const refusal = fault && fault.code !== "network" ? fault : null;
  useEffect(() => connection.dispatch({ type: "blocked", fault: refusal }), [refusal]);
  return { ready, personas, models, fault, retry };
}
