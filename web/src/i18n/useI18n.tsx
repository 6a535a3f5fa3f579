import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { recall, remember } from "../lib/storage";
import { type Catalogue, catalogues, type Locale, preferredLocale } from "./catalogue";

interface I18n {
  locale: Locale;
  t: Catalogue;
  setLocale: (locale: Locale) => void;
}

const Context = createContext<I18n | null>(null);

export function I18nProvider({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState(() =>
    preferredLocale(navigator.languages, recall("locale")),
  );
  // Requests made while rendering children read the language from here, so it is set before effects.
  document.documentElement.lang = locale;
  const value = useMemo<I18n>(
    () => ({
      locale,
      t: catalogues[locale],
      setLocale: (next) => {
        remember("locale", next);
        setLocale(next);
      },
    }),
    [locale],
  );
  return <Context value={value}>{children}</Context>;
}

export function useI18n(): I18n {
  const value = useContext(Context);
  if (!value) throw new Error("useI18n needs an I18nProvider");
  return value;
}
