import { useState } from "react";
import type { Session } from "../api/schemas";
import type { ExportFormat } from "../api/transfer";
import { useI18n } from "../i18n/useI18n";
import type { TextFormat } from "../state/exportMany";
import { RenameDialog } from "./RenameDialog";
import { Dialog } from "./ui/Dialog";
import {
  ArchiveIcon,
  BracesIcon,
  ClipIcon,
  DocumentIcon,
  DotsIcon,
  EditIcon,
  EraserIcon,
  PinIcon,
  ShareIcon,
  TagIcon,
  TrashIcon,
} from "./ui/icons";
import { Menu } from "./ui/Menu";
import { MenuItem } from "./ui/MenuItem";

export interface SessionActions {
  open: (sessionId: string) => void;
  rename: (sessionId: string, title: string) => void;
  remove: (session: Session) => void;
  save: (session: Session, format: ExportFormat) => void;
  pin: (session: Session) => void;
  archive: (session: Session) => void;
  tag: (session: Session) => void;
  /** Undefined where the server makes no share links. */
  share?: ((session: Session) => void) | undefined;
  removeMany: (sessions: readonly Session[]) => void;
  saveMany: (sessions: readonly Session[], format: TextFormat) => void;
}

interface SessionMenuProps {
  session: Session;
  actions: SessionActions;
  className: string;
  testId: string;
  tabStop?: boolean;
  /** If given, the messages can be cleared. */
  onClear?: (() => void) | undefined;
}

export function SessionMenu(props: SessionMenuProps) {
  const { session, actions, className, testId, tabStop = true, onClear } = props;
  const { t } = useI18n();
  const [asking, setAsking] = useState<"rename" | "clear" | null>(null);
  const close = () => setAsking(null);
  return (
    <>
      <Menu
        label={t.sessionActions(session.title || t.untitled)}
        className={className}
        align="end"
        testId={testId}
        tabStop={tabStop}
        trigger={<DotsIcon />}
      >
        <MenuItem
          icon={<PinIcon />}
          title={session.pinned ? t.arrange.unpin : t.arrange.pin}
          testId="pin"
          onSelect={() => actions.pin(session)}
        />
        <MenuItem
          icon={<TagIcon />}
          title={t.arrange.editTags}
          testId="edit-tags"
          onSelect={() => actions.tag(session)}
        />
        <MenuItem
          icon={<EditIcon />}
          title={t.rename}
          testId="rename"
          onSelect={() => setAsking("rename")}
        />
        {actions.share && (
          <MenuItem
            icon={<ShareIcon />}
            title={t.sharing.share}
            testId="share"
            onSelect={() => actions.share?.(session)}
          />
        )}
        <MenuItem
          icon={<DocumentIcon />}
          title={t.saveMarkdown}
          testId="export-markdown"
          onSelect={() => actions.save(session, "markdown")}
        />
        <MenuItem
          icon={<BracesIcon />}
          title={t.saveJson}
          testId="export-json"
          onSelect={() => actions.save(session, "json")}
        />
        <MenuItem
          icon={<ClipIcon />}
          title={t.saveZip}
          testId="export-zip"
          onSelect={() => actions.save(session, "zip")}
        />
        <MenuItem
          icon={<ArchiveIcon />}
          title={session.archived ? t.arrange.unarchive : t.arrange.archive}
          testId="archive"
          onSelect={() => actions.archive(session)}
        />
        {onClear && (
          <MenuItem
            icon={<EraserIcon />}
            title={t.clear}
            testId="clear-history"
            onSelect={() => setAsking("clear")}
          />
        )}
        <MenuItem
          icon={<TrashIcon />}
          title={t.remove}
          danger
          testId="delete"
          onSelect={() => actions.remove(session)}
        />
      </Menu>
      {asking === "rename" && (
        <RenameDialog
          title={session.title}
          onRename={(next) => actions.rename(session.session_id, next)}
          onClose={close}
        />
      )}
      {asking === "clear" && onClear && (
        <Dialog title={t.clearTitle} confirm={t.clear} danger onConfirm={onClear} onClose={close}>
          <p>{t.clearText}</p>
        </Dialog>
      )}
    </>
  );
}
