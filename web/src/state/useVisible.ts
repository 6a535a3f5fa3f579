import { useMemo } from "react";
import type { Deletions } from "./useDeletions";
import type { Sessions } from "./useSessions";

/** Returns the list without sessions deleted here. */
export function useVisible(list: Sessions, { hides }: Deletions): Sessions {
  return useMemo(() => {
    const sessions = list.sessions.filter(({ session_id }) => !hides(session_id));
    return sessions.length === list.sessions.length ? list : { ...list, sessions };
  }, [list, hides]);
}
