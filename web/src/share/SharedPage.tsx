import { useEffect, useMemo, useRef } from "react";
import { sharedFileAddress } from "../api/shares";
import { FileAddress } from "../components/files/FileAddress";
import { LoadFailed, Loading } from "../components/LoadState";
import { CompassIcon } from "../components/ui/icons";
import { useI18n } from "../i18n/useI18n";
import { languageOf } from "../lib/language";
import { SharedBar } from "./SharedBar";
import { SharedLog } from "./SharedLog";
import type { Shared } from "./shared";
import { useShared } from "./useShared";

/** The page of a share link: a conversation to read. */
export function SharedPage({ linkId }: { linkId: string }) {
  const { t, locale } = useI18n();
  const box = useRef<HTMLDivElement>(null);
  const { shared, loadEarlier, retry } = useShared(linkId, box);
  const { phase, fault } = shared;
  const addressOf = useMemo(() => sharedFileAddress(linkId), [linkId]);
  const title = phase === "gone" ? t.shared.gone : shared.title || t.shared.untitled;
  useEffect(() => {
    document.title = phase === "loading" ? t.brand : `${title} · ${t.brand}`;
  }, [phase, title, t]);

  return (
    <div className="shared-page scroller" ref={box}>
      <SharedBar />
      <main className="column">
        {phase === "loading" && <Loading />}
        {phase === "failed" && fault && (
          <LoadFailed title={t.shared.failed} fault={fault} onRetry={retry} />
        )}
        {phase === "gone" && <Gone />}
        {phase === "ready" && (
          <>
            <div className="shared-head">
              <h1 dir="auto" lang={languageOf(title)}>
                {title}
              </h1>
              <p data-testid="shared-kind">{kindOf(shared, t.shared, locale)}</p>
            </div>
            <FileAddress value={addressOf}>
              <SharedLog shared={shared} onEarlier={loadEarlier} />
            </FileAddress>
          </>
        )}
      </main>
      {phase === "ready" && (
        <footer className="shared-foot">
          <p>{t.shared.foot}</p>
        </footer>
      )}
    </div>
  );
}

type Words = ReturnType<typeof useI18n>["t"]["shared"];

function kindOf({ kind, createdAt }: Shared, words: Words, locale: string): string {
  if (kind === "live") return words.live;
  const when = new Date(createdAt * 1000);
  return words.asItWas(when.toLocaleString(locale, { dateStyle: "long", timeStyle: "short" }));
}

/** One answer for a link that never existed, was revoked or has expired. */
function Gone() {
  const { t } = useI18n();
  return (
    <section className="load-failed" role="alert" data-testid="shared-gone">
      <div className="welcome-icon faint">
        <CompassIcon size={34} />
      </div>
      <h1>{t.shared.gone}</h1>
      <p>{t.problem.unknown_share}</p>
    </section>
  );
}
