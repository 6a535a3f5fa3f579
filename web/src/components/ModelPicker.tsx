import { useId } from "react";
import type { Model } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { groupsOf, type ProviderGroup } from "../state/models";
import { ModelMarks } from "./ModelMarks";
import { ChevronIcon } from "./ui/icons";
import { Menu } from "./ui/Menu";
import { MenuItem } from "./ui/MenuItem";

interface ModelPickerProps {
  models: readonly Model[];
  model: Model;
  onChoose: (id: string) => void;
}

/** A menu of the models, by provider where there are several; the name alone where there is no choice. */
export function ModelPicker({ models, model, onChoose }: ModelPickerProps) {
  const { t } = useI18n();
  const label = `${t.model}${t.colon}${model.label}`;
  const badge = model.demo && <span className="badge">{t.demo}</span>;
  if (models.length < 2)
    return (
      <>
        <span className="model-name" title={label}>
          {model.label}
        </span>
        {badge}
      </>
    );
  const trigger = (
    <>
      <span className="picker-name">{model.label}</span>
      <ChevronIcon size={16} />
    </>
  );
  const groups = groupsOf(models);
  const choices = { current: model.id, onChoose };
  return (
    <>
      <Menu label={label} className="picker quiet" testId="model-picker" trigger={trigger}>
        {groups.length > 1
          ? groups.map((group) => <Group key={group.provider} group={group} {...choices} />)
          : models.map((one) => <Choice key={one.id} model={one} {...choices} />)}
      </Menu>
      {badge}
    </>
  );
}

interface Choices {
  current: string;
  onChoose: (id: string) => void;
}

function Group({ group, ...choices }: Choices & { group: ProviderGroup }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has no place in a menu
    <div role="group" aria-labelledby={id} data-testid="provider">
      <div id={id} className="menu-group" role="presentation">
        {group.provider}
      </div>
      {group.models.map((model) => (
        <Choice key={model.id} model={model} {...choices} />
      ))}
    </div>
  );
}

function Choice({ model, current, onChoose }: Choices & { model: Model }) {
  const { t } = useI18n();
  return (
    <MenuItem
      value={model.id}
      title={model.label}
      {...(model.demo ? { detail: t.demo } : {})}
      marks={<ModelMarks model={model} />}
      checked={model.id === current}
      onSelect={() => onChoose(model.id)}
    />
  );
}
