import { useCallback, useEffect, useMemo, useState } from "react";
import * as chat from "../api/chat";
import type { TagCount } from "../api/schemas";
import { onTabMessage } from "./crossTab";

export interface Tags {
  counts: readonly TagCount[];
  refresh: () => void;
}

/** The tags of the user's sessions. A server of an earlier release has none. */
export function useTags(ready: boolean): Tags {
  const [counts, setCounts] = useState<readonly TagCount[]>([]);
  const refresh = useCallback(() => {
    chat.listTags().then(setCounts, () => undefined);
  }, []);
  useEffect(() => {
    if (ready) refresh();
  }, [ready, refresh]);
  useEffect(() => onTabMessage(refresh), [refresh]);
  return useMemo(() => ({ counts, refresh }), [counts, refresh]);
}
