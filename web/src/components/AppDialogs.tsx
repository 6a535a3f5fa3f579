import { lazy, Suspense } from "react";
import type { App } from "../state/useApp";
import { ShortcutSheet } from "./ShortcutSheet";

const DataDialog = lazy(() => import("./data/DataDialog"));

/** Shows the dialog of the page that is open, if one is. */
export function AppDialogs({ dialogs }: Pick<App, "dialogs">) {
  const { data, shortcuts, helping, closeHelp } = dialogs;
  return (
    <>
      {data.isOpen && (
        <Suspense>
          <DataDialog onImported={data.imported} onErase={data.erase} onClose={data.close} />
        </Suspense>
      )}
      {helping && <ShortcutSheet on={shortcuts.on} onTurn={shortcuts.turn} onClose={closeHelp} />}
    </>
  );
}
