import { useState } from "react";
import { useI18n } from "../i18n/useI18n";
import { recall, remember } from "../lib/storage";
import { InfoIcon } from "./ui/icons";

/** Shown until dismissed, and again for another demo model. */
export function DemoBanner({ model }: { model: string }) {
  const { t } = useI18n();
  const [dismissed, setDismissed] = useState(() => recall("demoSeen"));
  if (dismissed === model) return null;
  const dismiss = () => {
    remember("demoSeen", model);
    setDismissed(model);
  };
  return (
    <div className="banner" role="note" data-testid="demo-banner">
      <InfoIcon />
      <p>
        <strong>{t.demoTitle}</strong> {t.demoText}
      </p>
      <button type="button" className="button small" onClick={dismiss}>
        {t.dismiss}
      </button>
    </div>
  );
}
