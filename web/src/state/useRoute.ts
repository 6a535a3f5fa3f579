import { useCallback, useEffect, useState } from "react";

const SESSION = /^\/s\/([\w-]+)\/?$/;
const HOME = /^\/(index\.html)?$/;

/** The session in the path; null for the new chat. Other paths are unknown. */
export interface Place {
  sessionId: string | null;
  nowhere: boolean;
}

export const addressOf = (sessionId: string | null) => (sessionId ? `/s/${sessionId}` : "/");

export function placeAt(path: string): Place {
  const sessionId = SESSION.exec(path)?.[1] ?? null;
  return { sessionId, nowhere: sessionId === null && !HOME.test(path) };
}

export interface Route extends Place {
  go: (sessionId: string | null) => void;
  replace: (sessionId: string | null) => void;
}

export function useRoute(): Route {
  const [place, setPlace] = useState(() => placeAt(location.pathname));

  useEffect(() => {
    const follow = () => setPlace(placeAt(location.pathname));
    window.addEventListener("popstate", follow);
    return () => window.removeEventListener("popstate", follow);
  }, []);

  const go = useCallback((next: string | null) => {
    if (addressOf(next) !== location.pathname) history.pushState(null, "", addressOf(next));
    setPlace({ sessionId: next, nowhere: false });
  }, []);

  const replace = useCallback((next: string | null) => {
    history.replaceState(null, "", addressOf(next));
    setPlace({ sessionId: next, nowhere: false });
  }, []);

  return { ...place, go, replace };
}
