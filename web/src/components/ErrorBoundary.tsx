import { Component, type ReactNode } from "react";
import { catalogues, preferredLocale } from "../i18n/catalogue";
import { recall } from "../lib/storage";
import { draftOf } from "../state/drafts";
import { placeAt } from "../state/useRoute";

interface State {
  broken: boolean;
}

/** Shows that the page has stopped, with the draft and a way out, where a part of it cannot be rendered. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { broken: false };

  static getDerivedStateFromError = (): State => ({ broken: true });

  override render() {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

/** Uses as little of the page as possible, because any of it may be at fault. */
function Broken() {
  const { broken: t } = catalogues[preferredLocale(navigator.languages, recall("locale"))];
  const draft = draftOf(placeAt(location.pathname).sessionId);
  return (
    <section className="load-failed" role="alert" data-testid="broken">
      <h1>{t.title}</h1>
      <p>{t.text}</p>
      {draft && (
        <>
          <p>{t.draft}</p>
          <textarea className="broken-draft" readOnly rows={5} aria-label={t.draft} value={draft} />
        </>
      )}
      <button type="button" className="button primary" onClick={() => location.reload()}>
        {t.reload}
      </button>
    </section>
  );
}
