import { address, request, respond } from "./http";
import type { SharedPart, ShareForm, ShareLink, ShareLinks } from "./schemas";

const of = (sessionId: string) => `/chat/sessions/${encodeURIComponent(sessionId)}/shares`;

/** Lists the share links of a conversation, or all of the reader's. Throws `Problem`. */
export const listShares = (sessionId: string | null) =>
  request<ShareLinks>(sessionId === null ? "/me/shares" : of(sessionId));

export const makeShare = (sessionId: string, body: ShareForm) =>
  request<ShareLink>(of(sessionId), { method: "POST", body });

export const revokeShare = ({ session_id, share_id }: ShareLink) =>
  respond(`${of(session_id)}/${encodeURIComponent(share_id)}`, { method: "DELETE" });

const at = (linkId: string) => `/shares/${encodeURIComponent(linkId)}`;
const PAGE = 100;

/** Reads what a share link shows: the newest messages, or those before one. Throws `Problem`. */
export const readShared = (linkId: string, before?: string, limit = PAGE) =>
  request<SharedPart>(at(linkId), { query: { limit, before } });

/** Returns a function to the address of a file that a share link shows. */
export const sharedFileAddress =
  (linkId: string) =>
  (id: string, form: "original" | "preview" = "original") =>
    address(`${at(linkId)}/files/${encodeURIComponent(id)}`, { form });
