import { useCallback, useEffect, useReducer, useRef } from "react";
import { faultOf, Problem } from "../api/http";
import type { ShareForm, ShareLink, ShareLinks } from "../api/schemas";
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

  // How many links were made or revoked here: a list that was asked for before that is not used.
  const steps = useRef(0);
  const reload = useCallback(async () => {
    try {
      let asked: number;
      let list: ShareLinks;
      do {
        asked = steps.current;
        list = await listShares(sessionId);
      } while (asked !== steps.current);
      dispatch({ type: "listed", links: list });
    } catch (error) {
      dispatch({ type: "failed", fault: faultOf(error) });
    }
  }, [sessionId]);
  useEffect(() => void reload(), [reload]);

  const make = async (form: ShareForm) => {
    if (!sessionId) return;
    dispatch({ type: "began" });
    try {
      const share = await makeShare(sessionId, form);
      steps.current += 1;
      dispatch({ type: "made", share });
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
      steps.current += 1;
      dispatch({ type: "revoked", shareId: share.share_id });
      announce(t.sharing.revoked);
    } catch (error) {
      dispatch({ type: "failed", fault: faultOf(error) });
    }
  };
  return { links, reload, make, revoke };
}
