import { useCallback, useEffect, useRef, useState } from "react";
import * as chat from "../api/chat";
import { faultOf } from "../api/http";
import type { Fault, Models, Personas } from "../api/types";
import type { Locale } from "../i18n/catalogue";
import { usePatrol } from "./usePatrol";

export interface Catalog {
  /** True once the browser has its identity; nothing else may be asked before. */
  ready: boolean;
  personas: Personas | null;
  models: Models | null;
  fault: Fault | null;
  retry: () => void;
}

/** What the server offers: first who we are (this sets the cookie), then personas and models. */
export function useCatalog(locale: Locale): Catalog {
  const [ready, setReady] = useState(false);
  const [personas, setPersonas] = useState<Personas | null>(null);
  const [models, setModels] = useState<Models | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [tries, setTries] = useState(0);
  const allowed = useRef(0);
  allowed.current = fault?.retryAt ?? 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new try is what runs this again
  useEffect(() => {
    chat.whoAmI().then(
      () => setReady(true),
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
        setFault(null);
      },
      (error: unknown) => wanted && setFault(faultOf(error)),
    );
    return () => {
      wanted = false;
    };
  }, [ready, locale, tries]);

  const retry = useCallback(() => setTries((count) => count + 1), []);

  // A server that is just starting answers soon; nobody should have to press a button for that.
  const again = useCallback(() => {
    if (Date.now() >= allowed.current) retry();
  }, [retry]);
  usePatrol(again, fault !== null, true);
  return { ready, personas, models, fault, retry };
}
