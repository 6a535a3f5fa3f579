import { useCallback, useEffect, useState } from "react";

const SESSION = /^\/s\/([\w-]+)\/?$/;

export const addressOf = (sessionId: string | null) => (sessionId ? `/s/${sessionId}` : "/");

export function sessionIn(path: string): string | null {
  return SESSION.exec(path)?.[1] ?? null;
}

export interface Route {
  sessionId: string | null;
  go: (sessionId: string | null) => void;
  replace: (sessionId: string | null) => void;
}

export function useRoute(): Route {
  const [sessionId, setSessionId] = useState(() => sessionIn(location.pathname));

  useEffect(() => {
    const follow = () => setSessionId(sessionIn(location.pathname));
    window.addEventListener("popstate", follow);
    return () => window.removeEventListener("popstate", follow);
  }, []);

  const go = useCallback((next: string | null) => {
    if (addressOf(next) !== location.pathname) history.pushState(null, "", addressOf(next));
    setSessionId(next);
  }, []);

  const replace = useCallback((next: string | null) => {
    history.replaceState(null, "", addressOf(next));
    setSessionId(next);
  }, []);

  return { sessionId, go, replace };
}
