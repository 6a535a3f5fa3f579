import { type ReactNode, useCallback, useMemo, useState } from "react";
import type { Fault } from "../api/fault";
import type { Personas } from "../api/schemas";
import { sentenceFor } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { isBusy, isPartly } from "../state/entries";
import type { FileLimits } from "../state/fileLimits";
import { useSelected } from "../state/store";
import type { ChoiceControls } from "../state/useChoice";
import type { ConversationControls } from "../state/useConversation";
import { useDraft } from "../state/useDraft";
import { useEditing } from "../state/useEditing";
import { useMissingFiles } from "../state/useMissingFiles";
import { useOnline } from "../state/useOnline";
import { useStickyBottom } from "../state/useStickyBottom";
import { useUnanswered } from "../state/useUnanswered";
import { Announcer } from "./Announcer";
import { DraftComposer } from "./DraftComposer";
import { EmptyLog } from "./EmptyLog";
import { useObstacle } from "./files/useObstacle";
import { LaterMessages } from "./LaterMessages";
import { Log } from "./Log";
import { LostVersionButtons } from "./LostVersionButtons";
import { Notices } from "./Notices";
import { OtherBranch } from "./OtherBranch";
import { useBranchActions } from "./useBranchActions";
import { type Jump, useJump } from "./useJump";
import { useQueueing } from "./useQueueing";
import { useSending } from "./useSending";
import { useSendNotice } from "./useSendNotice";
import { useStop } from "./useStop";
import { WaitingQuestions } from "./WaitingQuestions";

interface ChatPageProps {
  controls: ConversationControls;
  personas: Personas | null;
  choice: Pick<ChoiceControls, "role" | "model" | "thinking" | "chooseModel" | "chooseThinking">;
  limits: FileLimits;
  lead: ReactNode;
  /** The message that was chosen last in a search. */
  jump: Jump | null;
  onJump: (jump: Jump) => void;
  actionFailed: boolean;
  onFailureSeen: () => void;
  onNew: () => void;
}

export function ChatPage(props: ChatPageProps) {
  const { controls, personas, choice, limits, lead, jump, onJump, ...rest } = props;
  const { actionFailed, onFailureSeen, onNew } = rest;
  const role = choice.role ?? "";
  const { store, send, reload, found, forgetFault } = controls;
  const { t } = useI18n();
  const online = useOnline();
  const sessionId = useSelected(store, (state) => state.sessionId);
  const partly = useSelected(store, isPartly);
  const place = useStickyBottom(sessionId ?? "", !partly);
  const { toBottom: toEnd } = place;
  const toBottom = useCallback(() => {
    if (!isPartly(store.get())) return toEnd();
    void found.toNewest().then((there) => there && toEnd());
  }, [store, found, toEnd]);
  const sticky = useMemo(() => ({ ...place, toBottom }), [place, toBottom]);
  const readOnly = useSelected(store, ({ otherBranch }) => otherBranch !== null);
  const [jumpFault, setJumpFault] = useState<Fault | null>(null);
  useJump({ jump, controls, sticky, onFailed: setJumpFault });
  const loading = useSelected(store, (state) => state.load === "loading");
  const busy = useSelected(store, isBusy);
  const draft = useDraft(sessionId, limits);
  const sending = useSending(send, sticky.toBottom, draft);
  const { ask, again, resend, retry, repeat, repeatsDraft } = sending;
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
  const obstacle = useObstacle(draft, choice.model);
  const hint = refused ? (blocked ? t.waitHint : obstacle) : "";
  if (refused && !hint) setRefused(false);
  useMissingFiles(store, draft);
  const submit = () => void (replying ? queue : ask)(draft.take());

  const refuseFiles = useCallback(
    (fault: Fault) => store.dispatch({ type: "refused", fault, kind: "attached" }),
    [store],
  );

  const persona = personas?.roles[role];
  const empty = useMemo(
    () => (
      <EmptyLog
        store={store}
        role={role}
        persona={persona}
        onAsk={(text) => void ask({ text, files: [] })}
        onReload={() => void reload()}
        onNew={onNew}
      />
    ),
    [store, role, persona, ask, reload, onNew],
  );
  const notice =
    refusal.text ||
    (stop.failed || actionFailed ? t.actionFailed : jumpFault ? sentenceFor(t, jumpFault) : "");
  const resending = refusal.queued ? submit : repeat;
  const incomplete = (refusal.queued || repeatsDraft) && obstacle !== "";

  return (
    <>
      <Log
        store={store}
        personas={personas?.roles ?? NO_PERSONAS}
        role={role}
        busy={held || readOnly}
        later={<LaterMessages controls={controls} box={sticky.box} />}
        sticky={sticky}
        onReload={reload}
        lead={lead}
        empty={empty}
        onAgain={again}
        editing={editing}
        branches={branches}
      />
      <div className="dock">
        <OtherBranch
          controls={controls}
          onLeave={toBottom}
          onShow={(messageId) => sessionId && onJump({ sessionId, messageId })}
        />
        <Notices
          online={online}
          text={notice}
          calm={lost !== null && lost.fault === null}
          onDismiss={() => {
            forgetFault();
            stop.forget();
            setJumpFault(null);
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
              disabled={incomplete || (refusal.queued ? blocked : held)}
              onClick={resending}
            >
              {t.retry}
            </button>
          )}
        </Notices>
        <WaitingQuestions controls={controls} onKeep={draft.restore} />
        <DraftComposer
          draft={draft}
          choice={choice}
          attachable={limits.files > 0}
          obstructed={obstacle !== ""}
          persona={persona?.name ?? ""}
          focusKey={sessionId ?? ""}
          busy={blocked || !persona || loading}
          queues={replying}
          hint={hint}
          stoppable={stop.running}
          stopping={stop.stopping}
          onWrite={(text) => {
            draft.write(text);
            if (fault && wait === 0) forgetFault();
          }}
          onSend={submit}
          onRefused={() => setRefused(blocked || obstacle !== "")}
          onStop={stop.stop}
          onFault={refuseFiles}
        />
      </div>
      <Announcer store={store} notice={hint || spoken || notice} />
    </>
  );
}

const NO_PERSONAS = {};
