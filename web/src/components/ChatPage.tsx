import { type ReactNode, useMemo, useState } from "react";
import type { Personas } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { isBusy } from "../state/entries";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import { useDraft } from "../state/useDraft";
import { useEditing } from "../state/useEditing";
import { useOnline } from "../state/useOnline";
import { useStickyBottom } from "../state/useStickyBottom";
import { useUnanswered } from "../state/useUnanswered";
import { Announcer } from "./Announcer";
import { Composer } from "./Composer";
import { EmptyLog } from "./EmptyLog";
import { Log } from "./Log";
import { Notices } from "./Notices";
import { useBranchActions } from "./useBranchActions";
import { useSending } from "./useSending";
import { useSendNotice } from "./useSendNotice";
import { useStop } from "./useStop";

interface ChatPageProps {
  controls: ConversationControls;
  personas: Personas | null;
  role: string;
  lead: ReactNode;
  actionFailed: boolean;
  onFailureSeen: () => void;
  onNew: () => void;
}

export function ChatPage(props: ChatPageProps) {
  const { controls, personas, role, lead, actionFailed, onFailureSeen, onNew } = props;
  const { store, send, reload, forgetFault } = controls;
  const { t } = useI18n();
  const online = useOnline();
  const sessionId = useSelected(store, (state) => state.sessionId);
  const sticky = useStickyBottom(sessionId ?? "");
  const loading = useSelected(store, (state) => state.load === "loading");
  const busy = useSelected(store, isBusy);
  const draft = useDraft(sessionId);
  const { ask, again, resend, repeat } = useSending(send, sticky.toBottom, draft);
  const editing = useEditing(resend);
  useUnanswered(store, draft, editing.edit);
  const stop = useStop(controls);
  const branches = useBranchActions(controls, sticky);
  const refusal = useSendNotice(store, online);
  const { fault, spoken, wait, lost } = refusal;
  const held = busy || wait > 0;
  const [refused, setRefused] = useState(false);
  const hint = busy ? t.busyHint : t.waitHint;
  if (refused && !held) setRefused(false);

  const persona = personas?.roles[role];
  const empty = useMemo(
    () => (
      <EmptyLog
        store={store}
        role={role}
        persona={persona}
        onAsk={(text) => void ask(text)}
        onReload={() => void reload()}
        onNew={onNew}
      />
    ),
    [store, role, persona, ask, reload, onNew],
  );
  const notice = refusal.text || (stop.failed || actionFailed ? t.actionFailed : "");
  const retry = lost ? () => again({ id: lost.replaceFrom }) : refusal.sendable ? repeat : null;

  return (
    <>
      <Log
        store={store}
        personas={personas?.roles ?? NO_PERSONAS}
        role={role}
        busy={held}
        sticky={sticky}
        onReload={reload}
        lead={lead}
        empty={empty}
        onAgain={again}
        editing={editing}
        branches={branches}
      />
      <div className="dock">
        <Notices
          online={online}
          text={notice}
          calm={lost !== null && lost.fault === null}
          onDismiss={() => {
            forgetFault();
            stop.forget();
            onFailureSeen();
          }}
        >
          {retry && (
            <button
              type="button"
              className="button small"
              data-testid="send-again"
              disabled={held}
              onClick={retry}
            >
              {t.retry}
            </button>
          )}
        </Notices>
        <Composer
          text={draft.text}
          persona={persona?.name ?? ""}
          focusKey={sessionId ?? ""}
          busy={held || !persona || loading}
          hint={refused ? hint : ""}
          stoppable={stop.running}
          stopping={stop.stopping}
          onWrite={(text) => {
            draft.write(text);
            if (fault && wait === 0) forgetFault();
          }}
          onSend={() => void ask(draft.text)}
          onRefused={() => setRefused(held)}
          onStop={stop.stop}
        />
      </div>
      <Announcer store={store} notice={refused ? hint : spoken || notice} />
    </>
  );
}

const NO_PERSONAS = {};
