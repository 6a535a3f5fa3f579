import { render as plainRender } from "@testing-library/react";
import type { ReactElement } from "react";
import type { Locale } from "../i18n/catalogue";
import { I18nProvider } from "../i18n/useI18n";
import { remember } from "../lib/storage";

export function render(element: ReactElement, locale: Locale = "en") {
  remember("locale", locale);
  return plainRender(element, { wrapper: I18nProvider });
}
