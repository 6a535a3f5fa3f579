import { useMemo } from "react";
import type { Deletions } from "./useDeletions";
import type { Sessions } from "./useSessions";

/** The list without what was deleted here; how many are still to be loaded stays the same. */
export function useVisible(list: Sessions, { hides }: Deletions): Sessions {
  return useMemo(() => {
    const sessions = list.sessions.filter(({ session_id }) => !hides(session_id));
    const hidden = list.sessions.length - sessions.length;
    return hidden === 0 ? list : { ...list, sessions, total: list.total - hidden };
  }, [list, hides]);
}
