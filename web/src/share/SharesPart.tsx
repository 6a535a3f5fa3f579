import { useRef } from "react";
import type { ShareLink } from "../api/schemas";
import { sentenceFor } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { ShareRows } from "./ShareRows";
import { useLinks } from "./useLinks";

/** All share links of the reader, in the settings. An API of an earlier release has none. */
export function SharesPart() {
  const { t } = useI18n();
  const { links, reload, revoke } = useLinks(null);
  const { shares, fault } = links;
  const heading = useRef<HTMLHeadingElement>(null);
  const revokeAndFocus = async (share: ShareLink) => {
    const isLast = shares?.length === 1;
    await revoke(share);
    if (isLast) heading.current?.focus();
  };
  if (fault?.code === "not_found") return null;
  return (
    <section className="data-part" data-testid="shares-part">
      <h3 ref={heading} tabIndex={-1}>
        {t.sharing.overview}
      </h3>
      <p>{t.sharing.overviewText}</p>
      {fault && (
        <p className="data-note danger" role="alert">
          {sentenceFor(t, fault)}{" "}
          {!shares && (
            <button type="button" className="button small" onClick={() => void reload()}>
              {t.retry}
            </button>
          )}
        </p>
      )}
      {shares?.length === 0 && <p className="data-note">{t.sharing.none}</p>}
      {shares && shares.length > 0 && (
        <ShareRows shares={shares} titled onRevoke={revokeAndFocus} />
      )}
    </section>
  );
}
