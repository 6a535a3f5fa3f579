import type { Persona } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { Mark } from "./ui/Mark";

/** The head of an empty page. The composer and what one may choose follow it. */
export function Welcome({ persona }: { persona: Persona | undefined }) {
  const { t } = useI18n();
  return (
    <section className="welcome">
      <Mark className="welcome-mark" size={40} />
      <h1>{t.welcomeTitle}</h1>
      <p dir="auto" data-testid="greeting">
        {persona?.welcome || persona?.description}
      </p>
    </section>
  );
}
