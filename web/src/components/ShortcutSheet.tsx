import { useI18n } from "../i18n/useI18n";
import { COMMANDS, type Command, isMac, keysOf } from "../lib/shortcuts";
import { paletteKeys } from "../palette/usePalette";
import { Modal } from "./ui/Modal";

interface ShortcutSheetProps {
  on: boolean;
  onTurn: (on: boolean) => void;
  onClose: () => void;
}

/** Lists all keyboard shortcuts, with a switch to turn them off. */
export default function ShortcutSheet({ on, onTurn, onClose }: ShortcutSheetProps) {
  const { t } = useI18n();
  const mac = isMac();
  const commands = Object.keys(COMMANDS) as Command[];
  return (
    <Modal title={t.shortcuts} className="sheet" onClose={onClose}>
      <dl className="keys">
        <KeyRow name={t.palette.open} keys={paletteKeys(mac)} />
        {commands.map((command) => (
          <KeyRow key={command} name={t.command[command]} keys={keysOf(command, mac)} />
        ))}
        <KeyRow name={t.stop} keys={["Esc"]} />
        <KeyRow name={t.send} keys={["Enter"]} />
        <KeyRow name={t.waiting.sendKey} keys={["Enter"]} />
        <KeyRow name={t.newLine} keys={["Shift", "Enter"]} />
      </dl>
      <label className="switch">
        <input type="checkbox" checked={on} onChange={(event) => onTurn(event.target.checked)} />
        <span>
          {t.shortcutsOn}
          <small>{t.shortcutsHint}</small>
        </span>
      </label>
      <div className="dialog-buttons">
        <button type="button" className="button" data-testid="close-sheet" onClick={onClose}>
          {t.close}
        </button>
      </div>
    </Modal>
  );
}

function KeyRow({ name, keys }: { name: string; keys: string[] }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dd>
    </div>
  );
}
