import type { ShareLink } from "../api/schemas";
import { ShareRows } from "../share/ShareRows";

const made = 1_795_999_212;

const link = (share_id: string, more: Partial<ShareLink>): ShareLink => ({
  share_id,
  session_id: "",
  title: "What is Redis good for?",
  kind: "frozen",
  path: "",
  created_at: made,
  expires_at: made + 30 * 86_400,
  ...more,
});

const LINKS = [link("a", { kind: "live", expires_at: null }), link("b", {})];

const nothing = async () => undefined;

/** The links of one conversation, and of all. */
export const ShareSamples = () => (
  <div className="design-rows">
    <ShareRows shares={LINKS} onRevoke={nothing} />
    <ShareRows shares={LINKS} titled onRevoke={nothing} />
  </div>
);
