import { lazy, Suspense, useMemo } from "react";
import type { Fault } from "../api/fault";
import type { Model } from "../api/schemas";
import type { Catalogue } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { DEFAULT_LIMIT, MessageLimit } from "../lib/typing";
import { limitsOf } from "../state/fileLimits";
import { OfferedModels } from "../state/models";
import type { Catalog } from "../state/useCatalog";
import type { ChoiceControls } from "../state/useChoice";
import type { ConversationControls } from "../state/useConversation";
import { ChatPage } from "./ChatPage";
import { DemoBanner } from "./DemoBanner";
import { LoadFailed } from "./LoadState";
import { Missing } from "./Missing";
import type { Jump } from "./useJump";

interface ChatProps {
  place: "chat" | "nowhere" | "gone";
  catalog: Catalog;
  choice: ChoiceControls;
  controls: ConversationControls;
  jump: Jump | null;
  onJump: (jump: Jump) => void;
  actionFailed: boolean;
  onFailureSeen: () => void;
  onNew: () => void;
}

const PullThePlug = lazy(() => import("./demo/PullThePlug"));

/** A limit or a missing sign-in is no failure of the page. */
const startTitle = (t: Catalogue, { code }: Fault) =>
  code === "network" || code === "server_unavailable" || code === "internal_error"
    ? t.startFailed
    : t.connection.notYet;

const NO_MODELS: Model[] = [];

/** Shows the conversation, or the reason why it cannot be shown. */
export function Chat(props: ChatProps) {
  const { place, catalog, choice, controls, jump, onJump, ...rest } = props;
  const { actionFailed, onFailureSeen, onNew } = rest;
  const { t } = useI18n();
  const limits = useMemo(() => limitsOf(catalog.models), [catalog.models]);
  if (place !== "chat") {
    const [title, text] =
      place === "gone"
        ? [t.sessionMissing, t.problem.unknown_session]
        : [t.pageMissing, t.pageMissingText];
    return <Missing title={title} text={text} onNew={onNew} />;
  }
  if (catalog.fault && !catalog.personas)
    return (
      <LoadFailed
        title={startTitle(t, catalog.fault)}
        fault={catalog.fault}
        onRetry={catalog.retry}
      />
    );
  return (
    <MessageLimit value={catalog.models?.max_message_chars ?? DEFAULT_LIMIT}>
      <OfferedModels value={catalog.models?.models ?? NO_MODELS}>
        <ChatPage
          controls={controls}
          personas={catalog.personas}
          choice={choice}
          limits={limits}
          hasTools={catalog.models?.has_tools ?? false}
          demo={
            catalog.models?.can_kill_worker && (
              <Suspense>
                <PullThePlug store={controls.store} />
              </Suspense>
            )
          }
          lead={choice.model?.demo && <DemoBanner model={choice.model.id} />}
          jump={jump}
          onJump={onJump}
          actionFailed={actionFailed}
          onFailureSeen={onFailureSeen}
          onNew={onNew}
        />
      </OfferedModels>
    </MessageLimit>
  );
}
