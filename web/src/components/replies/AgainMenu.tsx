import { useContext, useId } from "react";
import { useI18n } from "../../i18n/useI18n";
import type { ReplyEntry } from "../../state/entries";
import { OfferedModels } from "../../state/models";
import { ChevronIcon } from "../ui/icons";
import { Menu } from "../ui/Menu";
import { MenuItem } from "../ui/MenuItem";
import { useReplySteps } from "./replySteps";

interface AgainMenuProps {
  entry: ReplyEntry;
}

/** Offers other models and personas for another version of a reply; nothing where there is only one of each. */
export function AgainMenu({ entry }: AgainMenuProps) {
  const { t } = useI18n();
  const steps = useReplySteps();
  const models = useContext(OfferedModels);
  const personas = Object.entries(steps?.personas ?? {});
  const [modelsId, personasId] = [useId(), useId()];
  if (!steps || (models.length < 2 && personas.length < 2)) return null;
  const { model, persona } = entry.message ?? {};
  return (
    <Menu
      label={t.reply.again}
      className="icon-button small slim"
      testId="regenerate-with"
      trigger={<ChevronIcon size={14} />}
    >
      {models.length > 1 && (
        <Group id={modelsId} name={t.reply.withModel}>
          {models.map(({ id, label }) => (
            <MenuItem
              key={id}
              value={id}
              title={label}
              checked={id === model}
              onSelect={() => steps.againWith(entry, { model: id })}
            />
          ))}
        </Group>
      )}
      {personas.length > 1 && (
        <Group id={personasId} name={t.reply.withPersona}>
          {personas.map(([key, { name, icon }]) => (
            <MenuItem
              key={key}
              value={key}
              icon={icon}
              title={name}
              checked={key === persona}
              onSelect={() => steps.againWith(entry, { role: key })}
            />
          ))}
        </Group>
      )}
    </Menu>
  );
}

interface GroupProps {
  id: string;
  name: string;
  children: React.ReactNode;
}

function Group({ id, name, children }: GroupProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has no place in a menu
    <div role="group" aria-labelledby={id}>
      <div id={id} className="menu-group" role="presentation">
        {name}
      </div>
      {children}
    </div>
  );
}
