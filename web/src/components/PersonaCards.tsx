import type { Personas } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";

interface PersonaCardsProps {
  personas: Personas["roles"];
  role: string;
  onChoose: (role: string) => void;
}

/** The personas as a group of radio buttons, of which the browser moves the choice by arrow keys. */
export function PersonaCards({ personas, role, onChoose }: PersonaCardsProps) {
  const { t } = useI18n();
  return (
    <fieldset className="persona-cards">
      <legend className="visually-hidden">{t.persona}</legend>
      {Object.entries(personas).map(([key, { name, icon, description }]) => (
        <label key={key} className="persona-card" title={description} data-testid="persona-card">
          <input
            type="radio"
            name="persona"
            className="visually-hidden"
            value={key}
            checked={key === role}
            onChange={() => onChoose(key)}
          />
          <span className="persona-icon" aria-hidden="true">
            {icon}
          </span>
          <span className="persona-name" dir="auto">
            {name}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
