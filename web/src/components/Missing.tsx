import { useEffect } from "react";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { CompassIcon } from "./ui/icons";

interface MissingProps {
  title: string;
  text: string;
  onNew: () => void;
}

/** Shown for a page or a conversation that does not exist (any more). */
export function Missing({ title, text, onNew }: MissingProps) {
  const { t } = useI18n();
  useEffect(() => announce(title), [title]);
  return (
    <section className="load-failed" data-testid="missing">
      <div className="welcome-icon faint">
        <CompassIcon size={34} />
      </div>
      <h1>{title}</h1>
      <p>{text}</p>
      <button type="button" className="button primary" data-testid="start-new" onClick={onNew}>
        {t.newChat}
      </button>
    </section>
  );
}
