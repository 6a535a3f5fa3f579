import { useMemo, useState } from "react";
import type { Models, Session } from "../api/schemas";

export interface Sharing {
  /** The conversation whose share links are open. */
  shared: Session | null;
  /** Undefined where the server makes no links. */
  share: ((session: Session) => void) | undefined;
  close: () => void;
}

/** The dialog with the share links of a conversation. */
export function useSharing(models: Models | null): Sharing {
  const [shared, show] = useState<Session | null>(null);
  const can = models?.can_share ?? false;
  return useMemo(
    () => ({ shared, share: can ? show : undefined, close: () => show(null) }),
    [shared, can],
  );
}
