import { AppDialogs } from "./components/AppDialogs";
import { Chat } from "./components/Chat";
import { Header } from "./components/Header";
import { Pickers } from "./components/Pickers";
import { SessionMenu } from "./components/SessionMenu";
import { Sidebar } from "./components/Sidebar";
import { SkipLinks } from "./components/SkipLinks";
import { SessionSettingsButton } from "./components/settings/SessionSettingsButton";
import { Toasts } from "./components/Toasts";
import { LiveRegion } from "./components/ui/LiveRegion";
import { useI18n } from "./i18n/useI18n";
import { MessageSheets } from "./sheets/MessageSheets";
import { isFresh } from "./state/entries";
import { useSelected } from "./state/store";
import { useApp } from "./state/useApp";

export function App() {
  const { t } = useI18n();
  const app = useApp();
  const { catalog, choice, controls, sidebar, sessions, actions, deletions, jump } = app;
  const fresh = useSelected(controls.store, isFresh);
  return (
    <div className={`app${sidebar.drawer ? " drawer-open" : ""}${sidebar.folded ? " folded" : ""}`}>
      <SkipLinks onSessions={sidebar.open} />
      <Sidebar
        list={app.list}
        arranging={app.arranging}
        currentId={sessions.currentId}
        actions={actions}
        onFound={jump.found}
        isHidden={deletions.hides}
        onNew={sessions.startNew}
        onClose={sidebar.close}
        onHelp={app.dialogs.help}
        onPalette={app.palette.show}
      />
      <button
        type="button"
        className="scrim"
        tabIndex={-1}
        aria-label={t.closeSidebar}
        onClick={sidebar.leave}
      />
      <main className="main" inert={sidebar.drawer}>
        <Header
          pickers={
            app.place === "chat" && (
              <>
                <Pickers catalog={catalog} choice={choice} />
                {/* Not before the pickers, which would move it. */}
                {catalog.models && (
                  <SessionSettingsButton
                    controls={controls}
                    fresh={app.fresh}
                    model={choice.model}
                  />
                )}
              </>
            )
          }
          menu={
            sessions.shown &&
            sessions.isHere && (
              <SessionMenu
                session={sessions.shown}
                actions={actions}
                className="icon-button"
                testId="open-session-menu"
                onClear={app.clearing.clear}
              />
            )
          }
          onNew={sessions.startNew}
          onOpenSidebar={sidebar.open}
        />
        <Chat
          place={app.place}
          catalog={catalog}
          choice={choice}
          controls={controls}
          jump={jump.to}
          onJump={jump.set}
          actionFailed={app.clearing.failed}
          onFailureSeen={app.clearing.forget}
          onNew={sessions.startNew}
        />
      </main>
      <MessageSheets />
      <Toasts
        high={fresh && app.place === "chat"}
        deletions={deletions}
        marking={app.arranging.marking}
        notice={app.notice}
        onUndo={app.undo}
      />
      <LiveRegion />
      <AppDialogs app={app} />
    </div>
  );
}
