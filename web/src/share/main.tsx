import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ErrorBoundary } from "../components/ErrorBoundary";
import { I18nProvider } from "../i18n/useI18n";
import { tolerateTranslation } from "../lib/translatedNodes";
import { loadMarkdown } from "../markdown/LazyMarkdown";
import { SharedPage } from "./SharedPage";
import "../styles/sharedPage.css";
import "../state/preferences";

const root = document.getElementById("root");
if (!root) throw new Error("share.html has no #root");

void loadMarkdown();
tolerateTranslation(root);
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <I18nProvider>
        <SharedPage linkId={location.pathname.split("/")[2] ?? ""} />
      </I18nProvider>
    </ErrorBoundary>
  </StrictMode>,
);
