import type { Personas } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import type { Catalog } from "../state/useCatalog";
import type { ChoiceControls } from "../state/useChoice";
import { ModelPicker } from "./ModelPicker";
import { ChevronIcon } from "./ui/icons";
import { Menu } from "./ui/Menu";
import { MenuItem } from "./ui/MenuItem";

interface PersonaPickerProps {
  personas: Personas;
  role: string;
  onChoose: (role: string) => void;
}

export function PersonaPicker({ personas, role, onChoose }: PersonaPickerProps) {
  const { t } = useI18n();
  const persona = personas.roles[role];
  const trigger = (
    <>
      <span className="picker-icon" aria-hidden="true">
        {persona?.icon}
      </span>
      <span className="picker-name">{persona?.name}</span>
      <ChevronIcon size={16} />
    </>
  );
  return (
    <Menu
      label={`${t.persona}${t.colon}${persona?.name ?? ""}`}
      className="picker"
      testId="role-picker"
      trigger={trigger}
    >
      {Object.entries(personas.roles).map(([key, { name, icon, description }]) => (
        <MenuItem
          key={key}
          value={key}
          icon={icon}
          title={name}
          detail={description}
          checked={key === role}
          onSelect={() => onChoose(key)}
        />
      ))}
    </Menu>
  );
}

interface PickersProps {
  catalog: Catalog;
  choice: ChoiceControls;
}

export function Pickers({ catalog, choice }: PickersProps) {
  const { personas, models } = catalog;
  return (
    <>
      {personas && choice.role && (
        <PersonaPicker personas={personas} role={choice.role} onChoose={choice.chooseRole} />
      )}
      {models && choice.model && (
        <ModelPicker models={models.models} model={choice.model} onChoose={choice.chooseModel} />
      )}
    </>
  );
}
