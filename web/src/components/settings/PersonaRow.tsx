import { useEffect, useRef, useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import type { PersonaDraft } from "../../state/personaDraft";
import { DotsIcon } from "../ui/icons";
import { Menu } from "../ui/Menu";
import { MenuItem } from "../ui/MenuItem";

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
  if (asking) return <Deletion name={name} onDelete={onDelete} onKeep={() => setAsking(false)} />;
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

interface DeletionProps {
  name: string;
  onDelete: () => Promise<void>;
  onKeep: () => void;
}

function Deletion({ name, onDelete, onKeep }: DeletionProps) {
  const { t } = useI18n();
  const [busy, setBusy] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <li className="unsaved" data-testid="delete-persona">
      <p>{t.personaDelete(name)}</p>
      <button ref={keep} type="button" className="button small" onClick={onKeep}>
        {t.cancel}
      </button>
      <button
        type="button"
        className="button small danger"
        data-testid="confirm-delete-persona"
        disabled={busy}
        onClick={() => {
          setBusy(true);
          void onDelete().finally(onKeep);
        }}
      >
        {t.remove}
      </button>
    </li>
  );
}
