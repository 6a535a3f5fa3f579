import { type KeyboardEvent, useState } from "react";
import type { Personas } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { closeSettings, openSettings, SECTIONS, type Section } from "../../lib/settingsAddress";
import { isRunning } from "../../state/importing";
import { keepDraft } from "../../state/personaDraft";
import { useExporting } from "../../state/useExporting";
import { useImporting } from "../../state/useImporting";
import { IconButton } from "../ui/IconButton";
import { CloseIcon } from "../ui/icons";
import { Modal } from "../ui/Modal";
import { DataPart } from "./DataPart";
import { GeneralPart, type ShortcutSetting } from "./GeneralPart";
import { PersonasPart } from "./PersonasPart";
import { TokensPart } from "./TokensPart";
import { ToolsPart } from "./ToolsPart";
import { Unsaved } from "./Unsaved";

export interface SettingsDialogProps {
  section: Section;
  shortcuts: ShortcutSetting;
  /** Whether the browser has asked for its identity, which a new visitor gets: the reader's own data wait for it. */
  isKnown: boolean;
  personas: Personas | null;
  /** Whether there are tools to list; an address leads to their part in any case. */
  hasTools: boolean;
  /** Called after the reader's own personas have changed. */
  onPersonas: () => void;
  /** Called after conversations were imported. */
  onImported: () => void;
  /** Deletes everything; throws `Problem`. */
  onErase: () => Promise<void>;
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

/** All settings: a dialog, on a phone a page. */
export default function SettingsDialog(props: SettingsDialogProps) {
  const { section, shortcuts, isKnown, personas, hasTools, onPersonas, onImported, onErase } =
    props;
  const sections = SECTIONS.filter((each) => each !== "tools" || hasTools || each === section);
  const part = isKnown || section === "general" ? section : null;
  const { t } = useI18n();
  const exporting = useExporting();
  const importing = useImporting(() => {
    onImported();
    onPersonas();
  });
  const [unsaved, setUnsaved] = useState(false);
  const [leaving, setLeaving] = useState<(() => void) | null>(null);
  const busy = isRunning(importing.state) || exporting.state.phase === "running";
  const leave = (go: () => void) => (unsaved ? setLeaving(() => go) : go());
  const show = (next: Section) => next !== section && !busy && leave(() => openSettings(next));
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = STEPS[event.key];
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const next =
      sections[(sections.indexOf(section) + (step ?? 0) + sections.length) % sections.length];
    if (!step || !next || at < 0) return;
    event.preventDefault();
    show(next);
    buttons[sections.indexOf(next)]?.focus();
  };
  return (
    <Modal
      title={t.settings}
      className="settings"
      locked={busy}
      onClose={() => leave(closeSettings)}
    >
      <div className="settings-tabs" role="tablist" aria-label={t.settings} onKeyDown={onKeyDown}>
        {sections.map((each) => (
          <button
            key={each}
            ref={(tab) => void tab?.toggleAttribute("autofocus", each === section)}
            type="button"
            role="tab"
            id={`settings-${each}`}
            aria-selected={each === section}
            aria-controls="settings-part"
            tabIndex={each === section ? 0 : -1}
            data-testid={`settings-${each}`}
            onClick={() => show(each)}
          >
            {t.settingsSections[each]}
          </button>
        ))}
      </div>
      <section
        className="settings-part"
        id="settings-part"
        role="tabpanel"
        aria-labelledby={`settings-${section}`}
        data-testid="settings-part"
      >
        {leaving && (
          <Unsaved
            onStay={() => setLeaving(null)}
            onDiscard={() => {
              setLeaving(null);
              setUnsaved(false);
              keepDraft(null);
              leaving();
            }}
          />
        )}
        {part === null && <p className="settings-empty">{t.loading}</p>}
        {part === "general" && <GeneralPart shortcuts={shortcuts} />}
        {part === "personas" && (
          <PersonasPart offered={personas} onChange={onPersonas} onUnsaved={setUnsaved} />
        )}
        {part === "tokens" && <TokensPart />}
        {part === "tools" && <ToolsPart />}
        {part === "data" && (
          <DataPart exporting={exporting} importing={importing} onErase={onErase} />
        )}
      </section>
      <IconButton
        label={t.close}
        className="settings-close"
        testId="close-settings"
        disabled={busy}
        onClick={() => leave(closeSettings)}
      >
        <CloseIcon />
      </IconButton>
    </Modal>
  );
}
