import { useEffect, useRef, useState } from "react";
import type { ShareLink } from "../api/schemas";
import { CopyButton } from "../components/ui/CopyButton";
import type { Catalogue } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { dayOf } from "../state/periods";
import { addressOf, endOf } from "./links";

interface ShareRowsProps {
  shares: readonly ShareLink[];
  /** Whether each row says which conversation it is of. */
  titled?: boolean;
  onRevoke: (share: ShareLink) => Promise<void>;
}

/** Share links, each with what it shows, until when, and how to get rid of it. */
export function ShareRows({ shares, titled = false, onRevoke }: ShareRowsProps) {
  const rows = useRef<HTMLUListElement>(null);
  const revoked = useRef<{ id: string; index: number }>(null);
  // The focus moves from a row that is gone to the one in its place, or to the last one.
  useEffect(() => {
    const gone = revoked.current;
    if (!gone || shares.some(({ share_id }) => share_id === gone.id)) return;
    revoked.current = null;
    const row = rows.current?.children[Math.min(gone.index, shares.length - 1)];
    row?.querySelector<HTMLElement>("[data-testid=revoke-share]")?.focus();
  }, [shares]);
  const revoke = (share: ShareLink) => {
    revoked.current = { id: share.share_id, index: shares.indexOf(share) };
    return onRevoke(share);
  };
  return (
    <ul className="share-rows" ref={rows}>
      {shares.map((share) => (
        <ShareRow key={share.share_id} share={share} titled={titled} onRevoke={revoke} />
      ))}
    </ul>
  );
}

type ShareRowProps = Required<Omit<ShareRowsProps, "shares">> & { share: ShareLink };

function ShareRow({ share, titled, onRevoke }: ShareRowProps) {
  const { t, locale } = useI18n();
  const [asking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (!asking && wasAsking.current) button.current?.focus();
    wasAsking.current = asking;
  }, [asking]);
  const { sharing: words } = t;
  const kind = share.kind === "live" ? words.live : words.asItWas;
  const title = share.title || t.untitled;
  if (asking)
    return <Revocation onKeep={() => setAsking(false)} onRevoke={() => onRevoke(share)} />;
  return (
    <li className="share-row" data-testid="share-row">
      <div className="share-text">
        <b dir="auto">{titled ? title : kind}</b>
        <small>
          {[titled ? kind : "", ...datesOf(share, t, locale)].filter(Boolean).join(" · ")}
        </small>
      </div>
      <CopyButton label={words.copy} text={() => addressOf(share)} testId="copy-row" />
      <button
        ref={button}
        type="button"
        className="button small"
        data-testid="revoke-share"
        aria-label={`${words.revoke}${t.colon}${title}`}
        onClick={() => setAsking(true)}
      >
        {words.revoke}
      </button>
    </li>
  );
}

function datesOf(share: ShareLink, t: Catalogue, locale: string): string[] {
  const now = new Date();
  const { created_at: made, expires_at: ends } = share;
  return [
    t.sharing.madeOn(dayOf(made, now, locale)),
    ends === null ? t.sharing.endsNever : t.sharing.endsOn(endOf(ends, now, locale)),
  ];
}

interface RevocationProps {
  onRevoke: () => Promise<void>;
  onKeep: () => void;
}

function Revocation({ onRevoke, onKeep }: RevocationProps) {
  const { t } = useI18n();
  const [busy, setBusy] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <li className="unsaved">
      <p>{t.sharing.revokeAsk}</p>
      <button ref={keep} type="button" className="button small" onClick={onKeep}>
        {t.cancel}
      </button>
      <button
        type="button"
        className="button small danger"
        data-testid="confirm-revoke"
        aria-disabled={busy}
        onClick={() => {
          if (busy) return;
          setBusy(true);
          void onRevoke().finally(onKeep);
        }}
      >
        {t.sharing.revoke}
      </button>
    </li>
  );
}
