import type { Fault } from "../api/fault";
import type { ShareForm, ShareLink, ShareLinks } from "../api/schemas";

/** The share links of a conversation, or all of the reader's. */
export interface Links {
  /** Null until they are loaded. */
  shares: readonly ShareLink[] | null;
  /** The link that was made last. */
  made: ShareLink | null;
  busy: boolean;
  /** Why the list is not there, or why the last step failed. */
  fault: Fault | null;
}

export const NO_LINKS: Links = { shares: null, made: null, busy: false, fault: null };

export type LinksAction =
  | { type: "listed"; links: ShareLinks }
  | { type: "began" }
  | { type: "made"; share: ShareLink }
  | { type: "revoked"; shareId: string }
  | { type: "failed"; fault: Fault };

export function reduceLinks(state: Links, action: LinksAction): Links {
  const shares = state.shares ?? [];
  switch (action.type) {
    case "listed":
      return { ...state, shares: action.links.shares, fault: null };
    case "began":
      return { ...state, busy: true, fault: null };
    case "made": {
      const { share } = action;
      // A list that was read meanwhile has it already.
      const others = shares.filter(({ share_id }) => share_id !== share.share_id);
      return { ...state, shares: [share, ...others], made: share, busy: false };
    }
    case "revoked": {
      const isLeft = ({ share_id }: ShareLink) => share_id !== action.shareId;
      const made = state.made && isLeft(state.made) ? state.made : null;
      return { ...state, shares: shares.filter(isLeft), made, busy: false };
    }
    case "failed":
      return { ...state, busy: false, fault: action.fault };
  }
}

/** After how many days a link expires, as it is chosen; "never" of one that does not. */
export const LIFETIMES = ["1", "7", "30", "never"] as const;
export type Lifetime = (typeof LIFETIMES)[number];

export const formOf = (kind: ShareForm["kind"], lifetime: Lifetime): ShareForm => ({
  kind,
  days: lifetime === "never" ? null : Number(lifetime),
});

const DAY = 86_400;

/** The day on which a link expires, with the time if that is soon. */
export function endOf(seconds: number, now: Date, locale: string): string {
  const time = new Date(seconds * 1000);
  const soon = seconds - now.getTime() / 1000 < 2 * DAY;
  const format: Intl.DateTimeFormatOptions = {
    month: "short",
    day: "numeric",
    ...(time.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
    ...(soon ? { hour: "numeric", minute: "2-digit" } : {}),
  };
  return new Intl.DateTimeFormat(locale, format).format(time);
}

/** Returns the whole address of a link. */
export const addressOf = ({ path }: ShareLink, origin: string = location.origin) => origin + path;
