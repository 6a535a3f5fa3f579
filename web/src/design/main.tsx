import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { I18nProvider } from "../i18n/useI18n";
import "../styles/index.css";
import "./design.css";
import { DesignPage } from "./DesignPage";

const root = document.getElementById("root");
if (!root) throw new Error("design.html has no #root");

createRoot(root).render(
  <StrictMode>
    <I18nProvider>
      <DesignPage />
    </I18nProvider>
  </StrictMode>,
);
