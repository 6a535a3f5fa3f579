import type { ReactNode } from "react";
import type { Personas } from "../api/schemas";
import { examplesFor } from "../i18n/examples";
import { useI18n } from "../i18n/useI18n";
import { PersonaCards } from "./PersonaCards";
import { FillIcon } from "./ui/icons";

interface WelcomeChoicesProps {
  personas: Personas["roles"];
  role: string;
  /** Whether the model is the demo model, which knows English only. */
  demo: boolean;
  onChoose: (role: string) => void;
  /** Puts a suggestion into the composer. */
  onFill: (question: string) => void;
  /** Shown at the end. */
  children: ReactNode;
}

/** Below the composer of an empty page: the personas, and questions that one may begin with. */
export function WelcomeChoices(props: WelcomeChoicesProps) {
  const { personas, role, demo, onChoose, onFill, children } = props;
  const { t, locale } = useI18n();
  const language = demo ? "en" : locale;
  return (
    <div className="welcome-choices">
      {Object.keys(personas).length > 1 && (
        <PersonaCards personas={personas} role={role} onChoose={onChoose} />
      )}
      <section aria-label={t.examples}>
        {demo && locale !== "en" && (
          <p className="examples-note" data-testid="examples-note">
            {t.demoEnglish}
          </p>
        )}
        <ul className="examples" lang={language}>
          {examplesFor(language, role).map((question) => (
            <li key={question}>
              <button type="button" data-testid="example" onClick={() => onFill(question)}>
                <span dir="auto">{question}</span>
                <FillIcon size={16} />
              </button>
            </li>
          ))}
        </ul>
      </section>
      {children}
    </div>
  );
}
