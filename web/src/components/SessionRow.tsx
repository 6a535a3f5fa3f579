import { useState } from "react";
import type { Session } from "../api/types";
import { useI18n } from "../i18n/useI18n";
import { addressOf } from "../state/useRoute";
import { Dialog } from "./Dialog";
import { DotsIcon, EditIcon, TrashIcon } from "./icons";
import { Menu } from "./Menu";
import { MenuItem } from "./MenuItem";
import { RenameDialog } from "./RenameDialog";

export interface SessionActions {
  open: (sessionId: string) => void;
  rename: (sessionId: string, title: string) => void;
  remove: (sessionId: string) => void;
}

interface SessionRowProps {
  session: Session;
  current: boolean;
  actions: SessionActions;
}

export function SessionRow({ session, current, actions }: SessionRowProps) {
  const { t } = useI18n();
  const [asking, setAsking] = useState<"rename" | "remove" | null>(null);
  const id = session.session_id;
  const title = session.title || t.untitled;
  const close = () => setAsking(null);
  return (
    <li className={current ? "session current" : "session"} data-testid="session">
      <a
        href={addressOf(id)}
        aria-current={current ? "page" : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          actions.open(id);
        }}
      >
        <span className="session-title">{title}</span>
        {session.active_turn && (
          <span className="running-mark" role="img" aria-label={t.running} title={t.running} />
        )}
      </a>
      <Menu
        label={t.sessionActions(title)}
        className="icon-button small"
        align="end"
        trigger={<DotsIcon />}
      >
        <MenuItem icon={<EditIcon />} title={t.rename} onSelect={() => setAsking("rename")} />
        <MenuItem
          icon={<TrashIcon />}
          title={t.remove}
          danger
          onSelect={() => setAsking("remove")}
        />
      </Menu>
      {asking === "rename" && (
        <RenameDialog
          title={session.title}
          onRename={(next) => actions.rename(id, next)}
          onClose={close}
        />
      )}
      {asking === "remove" && (
        <Dialog
          title={t.removeTitle}
          confirm={t.remove}
          danger
          onConfirm={() => actions.remove(id)}
          onClose={close}
        >
          <p>{t.removeText(title)}</p>
        </Dialog>
      )}
    </li>
  );
}
