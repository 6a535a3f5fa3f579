import { useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import type { PersonaDraft } from "../../state/personaDraft";
import { DotsIcon } from "../ui/icons";
import { Menu } from "../ui/Menu";
import { MenuItem } from "../ui/MenuItem";
import { ConfirmRow } from "./ConfirmRow";

interface PersonaRowProps {
  persona: PersonaDraft;
  canCopy: boolean;
  onEdit: () => void;
  onCopy: () => void;
  onExport: () => void;
  onDelete: () => Promise<void>;
}

/** One own persona: a click edits it, a menu has the rest. */
export function PersonaRow(props: PersonaRowProps) {
  const { persona, canCopy, onEdit, onCopy, onExport, onDelete } = props;
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  const { icon, name, description, prompt } = persona;
  if (asking) {
    return (
      <ConfirmRow
        question={t.personaDelete(name)}
        action={t.remove}
        testId="delete-persona"
        onConfirm={onDelete}
        onClose={() => setAsking(false)}
      />
    );
  }
  return (
    <li className="persona-row">
      <button type="button" className="persona-open" data-testid="edit-persona" onClick={onEdit}>
        <span className="persona-icon" aria-hidden="true">
          {icon}
        </span>
        <span className="persona-text">
          <b dir="auto">{name}</b>
          <span dir="auto">{description || prompt.slice(0, 200)}</span>
        </span>
      </button>
      <Menu
        label={t.personaActions(name)}
        className="icon-button"
        align="end"
        testId="persona-menu"
        trigger={<DotsIcon />}
      >
        <MenuItem value="edit" title={t.edit} onSelect={onEdit} />
        {canCopy && <MenuItem value="copy" title={t.duplicate} onSelect={onCopy} />}
        <MenuItem value="export" title={t.exportPersona} onSelect={onExport} />
        <MenuItem value="delete" danger title={t.remove} onSelect={() => setAsking(true)} />
      </Menu>
    </li>
  );
}
