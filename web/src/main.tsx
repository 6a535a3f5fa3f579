import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { ErrorBoundary } from "./components/ErrorBoundary";
import { I18nProvider } from "./i18n/useI18n";
import { registerServiceWorker } from "./lib/registerServiceWorker";
import { tolerateTranslation } from "./lib/translatedNodes";
import { loadMarkdown } from "./markdown/LazyMarkdown";
import "./styles/index.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

tolerateTranslation(root);
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <I18nProvider>
        <App />
      </I18nProvider>
    </ErrorBoundary>
  </StrictMode>,
);

registerServiceWorker();
// What draws messages is loaded once the page can be used; Safari has no idle callbacks.
const whenIdle = window.requestIdleCallback ?? setTimeout;
addEventListener("load", () => whenIdle(() => void loadMarkdown()));
