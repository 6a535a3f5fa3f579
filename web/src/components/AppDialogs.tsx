import { lazy, Suspense } from "react";
import type { App } from "../state/useApp";
import { ShortcutSheet } from "./ShortcutSheet";

const SettingsDialog = lazy(() => import("./settings/SettingsDialog"));

/** Shows the dialog of the page that is open, if one is. */
export function AppDialogs({ dialogs, catalog }: Pick<App, "dialogs" | "catalog">) {
  const { data, settings, shortcuts, helping, closeHelp } = dialogs;
  return (
    <>
      {settings && (
        <Suspense>
          <SettingsDialog
            section={settings}
            shortcuts={shortcuts}
            personas={catalog.personas}
            onPersonas={catalog.retry}
            onImported={data.imported}
            onErase={data.erase}
          />
        </Suspense>
      )}
      {helping && <ShortcutSheet on={shortcuts.on} onTurn={shortcuts.turn} onClose={closeHelp} />}
    </>
  );
}
