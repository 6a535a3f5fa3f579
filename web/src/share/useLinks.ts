import { useCallback, useEffect, useReducer } from "react";
import { faultOf, Problem } from "../api/http";
import type { ShareForm, ShareLink } from "../api/schemas";
import { listShares, makeShare, revokeShare } from "../api/shares";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { type Links, NO_LINKS, reduceLinks } from "./links";

export interface LinkControls {
  links: Links;
  reload: () => Promise<void>;
  make: (form: ShareForm) => Promise<void>;
  revoke: (share: ShareLink) => Promise<void>;
}

/** The share links of a conversation, or (null) all of the reader's. Failures are in the state. */
export function useLinks(sessionId: string | null): LinkControls {
  const { t } = useI18n();
  const [links, dispatch] = useReducer(reduceLinks, NO_LINKS);

  const reload = useCallback(async () => {
    try {
      dispatch({ type: "listed", links: await listShares(sessionId) });
    } catch (error) {
      dispatch({ type: "failed", fault: faultOf(error) });
    }
  }, [sessionId]);
  useEffect(() => void reload(), [reload]);

  const make = async (form: ShareForm) => {
    if (!sessionId) return;
    dispatch({ type: "began" });
    try {
      dispatch({ type: "made", share: await makeShare(sessionId, form) });
      announce(t.sharing.created);
    } catch (error) {
      dispatch({ type: "failed", fault: faultOf(error) });
    }
  };

  const revoke = async (share: ShareLink) => {
    dispatch({ type: "began" });
    try {
      await revokeShare(share).catch((error: unknown) => {
        // Another page has revoked it.
        if (!(error instanceof Problem && error.code === "unknown_share")) throw error;
      });
      dispatch({ type: "revoked", shareId: share.share_id });
      announce(t.sharing.revoked);
    } catch (error) {
      dispatch({ type: "failed", fault: faultOf(error) });
    }
  };
  return { links, reload, make, revoke };
}
