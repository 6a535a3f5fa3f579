import type { Persona } from "../api/schemas";
import { examplesFor } from "../i18n/examples";
import { useI18n } from "../i18n/useI18n";

interface WelcomeProps {
  role: string;
  persona: Persona;
  onAsk: (question: string) => void;
}

export function Welcome({ role, persona, onAsk }: WelcomeProps) {
  const { t, locale } = useI18n();
  return (
    <section className="welcome" aria-label={t.examples}>
      <div className="welcome-icon" aria-hidden="true">
        {persona.icon}
      </div>
      <h1>{persona.name}</h1>
      <p>{persona.description}</p>
      {persona.welcome && (
        <p className="greeting" data-testid="greeting">
          {persona.welcome}
        </p>
      )}
      <ul className="examples">
        {examplesFor(locale, role).map((question) => (
          <li key={question}>
            <button type="button" data-testid="example" onClick={() => onAsk(question)}>
              {question}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
