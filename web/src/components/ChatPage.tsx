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
import { LostVersionButtons } from "./LostVersionButtons";
import { Notices } from "./Notices";
import { useBranchActions } from "./useBranchActions";
import { useQueueing } from "./useQueueing";
import { useSending } from "./useSending";
import { useSendNotice } from "./useSendNotice";
import { useStop } from "./useStop";
import { WaitingQuestions } from "./WaitingQuestions";

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
  const { ask, again, resend, retry, repeat } = useSending(send, sticky.toBottom, draft);
  const { replying, adding, queue } = useQueueing(controls, draft, sticky.toBottom);
  const editing = useEditing(resend);
  useUnanswered(store, draft, editing.edit);
  const stop = useStop(controls);
  const branches = useBranchActions(controls, sticky);
  const refusal = useSendNotice(store, online);
  const { fault, spoken, wait, lost } = refusal;
  const held = busy || wait > 0;
  const [refused, setRefused] = useState(false);
  const blocked = wait > 0 || (replying ? adding : busy);
  if (refused && !blocked) setRefused(false);
  const submit = () => void (replying ? queue(draft.text) : ask(draft.text));

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
  const resending = refusal.queued ? submit : repeat;

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
          {lost && (
            <LostVersionButtons
              lost={lost}
              disabled={held}
              onRetry={() => retry(lost)}
              onShow={branches.reveal}
            />
          )}
          {refusal.sendable && resending && (
            <button
              type="button"
              className="button small"
              data-testid="send-again"
              disabled={refusal.queued ? blocked : held}
              onClick={resending}
            >
              {t.retry}
            </button>
          )}
        </Notices>
        <WaitingQuestions controls={controls} onKeep={draft.restore} />
        <Composer
          text={draft.text}
          persona={persona?.name ?? ""}
          focusKey={sessionId ?? ""}
          busy={blocked || !persona || loading}
          queues={replying}
          hint={refused ? t.waitHint : ""}
          stoppable={stop.running}
          stopping={stop.stopping}
          onWrite={(text) => {
            draft.write(text);
            if (fault && wait === 0) forgetFault();
          }}
          onSend={submit}
          onRefused={() => setRefused(blocked)}
          onStop={stop.stop}
        />
      </div>
      <Announcer store={store} notice={refused ? t.waitHint : spoken || notice} />
    </>
  );
}

const NO_PERSONAS = {};
