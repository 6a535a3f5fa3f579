import { useCallback, useEffect, useState } from "react";
import { ChatPage } from "./components/ChatPage";
import { DemoBanner } from "./components/DemoBanner";
import { Header } from "./components/Header";
import { LoadFailed } from "./components/LoadState";
import { ModelPicker, PersonaPicker } from "./components/Pickers";
import { Sidebar } from "./components/Sidebar";
import { useI18n } from "./i18n/useI18n";
import { DEFAULT_LIMIT, MessageLimit } from "./lib/typing";
import { useSelected } from "./state/store";
import { useCatalog } from "./state/useCatalog";
import { useChoice } from "./state/useChoice";
import { useConversation } from "./state/useConversation";
import { useDrawer } from "./state/useDrawer";
import { useRoute } from "./state/useRoute";
import { useSessions } from "./state/useSessions";

export function App() {
  const { t, locale } = useI18n();
  const route = useRoute();
  const catalog = useCatalog(locale);
  const sessions = useSessions(catalog.ready);
  const drawer = useDrawer();
  const [failed, setFailed] = useState(false);
  const choice = useChoice(catalog, route.sessionId);
  const controls = useConversation({
    ready: catalog.ready,
    sessionId: route.sessionId,
    role: choice.role,
    model: choice.model,
    onCreated: route.replace,
    onChanged: sessions.refresh,
  });
  const { store } = controls;
  const { adopt } = choice;
  const sessionRole = useSelected(store, (state) => state.role);
  const canClear = useSelected(store, (state) => state.messages.length > 0 && !state.before);
  useEffect(() => adopt(sessionRole), [adopt, sessionRole]);

  const title = sessions.sessions.find((one) => one.session_id === route.sessionId)?.title;
  useEffect(() => {
    document.title = title ? `${title} · ${t.brand}` : t.brand;
  }, [title, t]);

  const { go } = route;
  const open = useCallback(
    (sessionId: string | null) => {
      drawer.close();
      go(sessionId);
    },
    [drawer.close, go],
  );
  const report = (task: Promise<void>) => {
    setFailed(false);
    task.catch(() => setFailed(true));
  };
  const remove = async (sessionId: string) => {
    await sessions.remove(sessionId);
    if (sessionId === route.sessionId) route.replace(null);
  };

  return (
    <div className={drawer.isOpen ? "app drawer-open" : "app"}>
      <Sidebar
        list={sessions}
        currentId={route.sessionId}
        actions={{
          open,
          rename: (id, title) => report(sessions.rename(id, title)),
          remove: (id) => report(remove(id)),
        }}
        onNew={() => open(null)}
        onClose={drawer.close}
      />
      <button
        type="button"
        className="scrim"
        tabIndex={-1}
        aria-label={t.closeSidebar}
        onClick={drawer.close}
      />
      <main className="main" inert={drawer.isOpen}>
        <Header
          pickers={<Pickers catalog={catalog} choice={choice} />}
          canClear={canClear}
          onClear={() => report(controls.clear())}
          onOpenSidebar={drawer.open}
        />
        {catalog.fault && !catalog.personas ? (
          <LoadFailed title={t.startFailed} fault={catalog.fault} onRetry={catalog.retry} />
        ) : (
          <MessageLimit value={catalog.models?.max_message_chars ?? DEFAULT_LIMIT}>
            <ChatPage
              controls={controls}
              personas={catalog.personas}
              role={choice.role ?? ""}
              lead={choice.demo && choice.model && <DemoBanner model={choice.model} />}
              actionFailed={failed}
              onFailureSeen={() => setFailed(false)}
              onNew={() => open(null)}
            />
          </MessageLimit>
        )}
      </main>
    </div>
  );
}

interface PickersProps {
  catalog: ReturnType<typeof useCatalog>;
  choice: ReturnType<typeof useChoice>;
}

function Pickers({ catalog, choice }: PickersProps) {
  const { personas, models } = catalog;
  return (
    <>
      {personas && choice.role && (
        <PersonaPicker personas={personas} role={choice.role} onChoose={choice.chooseRole} />
      )}
      {models && choice.model && (
        <ModelPicker models={models} model={choice.model} onChoose={choice.chooseModel} />
      )}
    </>
  );
}
