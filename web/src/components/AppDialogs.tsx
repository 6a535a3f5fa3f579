import { lazy, Suspense } from "react";
import type { App } from "../state/useApp";

const Palette = lazy(() => import("../palette/Palette"));
const SettingsDialog = lazy(() => import("./settings/SettingsDialog"));
const ShortcutSheet = lazy(() => import("./ShortcutSheet"));
const ShareDialog = lazy(() => import("../share/ShareDialog"));
const TagDialog = lazy(() => import("./arrange/TagDialog"));

/** Shows the dialog of the page that is open, if one is. */
export function AppDialogs({ app }: { app: App }) {
  const { dialogs, catalog, arranging, sharing } = app;
  const { data, settings, shortcuts, helping, closeHelp } = dialogs;
  return (
    <>
      {settings && (
        <Suspense>
          <SettingsDialog
            section={settings}
            shortcuts={shortcuts}
            isKnown={catalog.ready || catalog.fault !== null}
            personas={catalog.personas}
            hasTools={catalog.models?.has_tools ?? false}
            onPersonas={catalog.retry}
            onImported={data.imported}
            onErase={data.erase}
          />
        </Suspense>
      )}
      {arranging.tagged && (
        <Suspense>
          <TagDialog
            sessions={arranging.tagged}
            known={arranging.tags.counts.map(({ tag }) => tag)}
            onSave={arranging.saveTags}
            onClose={() => arranging.editTags(null)}
          />
        </Suspense>
      )}
      {sharing.shared && (
        <Suspense>
          <ShareDialog session={sharing.shared} onClose={sharing.close} />
        </Suspense>
      )}
      {app.palette.shown && (
        <Suspense>
          <Palette app={app} />
        </Suspense>
      )}
      {helping && (
        <Suspense>
          <ShortcutSheet on={shortcuts.on} onTurn={shortcuts.turn} onClose={closeHelp} />
        </Suspense>
      )}
    </>
  );
}
