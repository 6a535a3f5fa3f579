import { useCallback, useMemo, useState } from "react";
import type { Fault } from "../api/fault";
import { sentenceFor } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import type { Conversation } from "../state/conversation";
import { isBusy, isPartly } from "../state/entries";
import { useSelected } from "../state/store";
import { useDraft } from "../state/useDraft";
import { useEditing } from "../state/useEditing";
import { useMissingFiles } from "../state/useMissingFiles";
import { useStickyBottom } from "../state/useStickyBottom";
import { useUnanswered } from "../state/useUnanswered";
import { usePostponing } from "../unsent/usePostponing";
import type { ChatPageProps } from "./ChatPage";
import { useObstacle } from "./files/useObstacle";
import { useBranchActions } from "./useBranchActions";
import { useFill } from "./useFill";
import { useJump } from "./useJump";
import { useNextQuestion } from "./useNextQuestion";
import { useQueueing } from "./useQueueing";
import { useReadingPlace } from "./useReadingPlace";
import { useScrollKeys } from "./useScrollKeys";
import { useSending } from "./useSending";
import { useSendNotice } from "./useSendNotice";
import { useStop } from "./useStop";

const choiceOf = ({ role, model, thinking }: ChatPageProps["choice"]) => ({
  role,
  model: model?.id,
  thinking,
});

const hasReply = ({ reply }: Conversation) => reply !== null;

/** Joins the state of an open conversation: reading position, draft, sending, versions and notices. */
export function useChatPage(props: ChatPageProps) {
  const { controls, choice, limits, jump, actionFailed, onFailureSeen } = props;
  const { store, send, found, forgetFault } = controls;
  const { t } = useI18n();
  const sessionId = useSelected(store, (state) => state.sessionId);
  const partly = useSelected(store, isPartly);
  const place = useStickyBottom(!partly, useSelected(store, hasReply));
  const { toBottom: toEnd } = place;
  const toBottom = useCallback(() => {
    if (!isPartly(store.get())) return toEnd();
    void found.toNewest().then((there) => there && toEnd());
  }, [store, found, toEnd]);
  const sticky = useMemo(() => ({ ...place, toBottom }), [place, toBottom]);
  useScrollKeys(sticky);
  const readOnly = useSelected(store, ({ otherBranch }) => otherBranch !== null);
  const [jumpFault, setJumpFault] = useState<Fault | null>(null);
  const next = useNextQuestion(store, place.toQuestion);
  useReadingPlace({ controls, sticky: place, jumpsIn: jump?.sessionId ?? null });
  useJump({ jump, controls, sticky, onFailed: setJumpFault });
  const loading = useSelected(store, (state) => state.load === "loading");
  const busy = useSelected(store, isBusy);
  const draft = useDraft(sessionId, limits);
  const { later, postpone, postponeFailed } = usePostponing(store, choiceOf(choice));
  const sending = useSending(send, next, draft, postponeFailed);
  const { ask, again, goOn, resend, retry, repeat, repeatsDraft } = sending;
  const { replying, adding, queue } = useQueueing(controls, draft, next, postponeFailed);
  const editing = useEditing(resend);
  useUnanswered(store, draft, editing.edit);
  const stop = useStop(controls);
  const branches = useBranchActions(controls, sticky);
  const refusal = useSendNotice(store);
  const { fault, spoken, wait, lost } = refusal;
  const held = busy || wait > 0;
  const [refused, setRefused] = useState(false);
  const blocked = wait > 0 || (replying ? adding : busy);
  const obstacle = useObstacle(draft, choice.model);
  const hint = refused ? (blocked ? t.waitHint : obstacle) : "";
  if (refused && !hint) setRefused(false);
  useMissingFiles(store, draft);
  const submit = () => void (later ? postpone : replying ? queue : ask)(draft.take());

  const refuseFiles = useCallback(
    (fault: Fault) => store.dispatch({ type: "refused", fault, kind: "attached" }),
    [store],
  );

  const notice =
    refusal.text ||
    (stop.failed || actionFailed ? t.actionFailed : jumpFault ? sentenceFor(t, jumpFault) : "");
  const resending = refusal.queued ? submit : repeat;
  const incomplete = (refusal.queued || repeatsDraft) && obstacle !== "";
  const dismiss = () => {
    forgetFault();
    stop.forget();
    setJumpFault(null);
    onFailureSeen();
  };
  const write = (text: string) => {
    draft.write(text);
    if (fault && wait === 0) forgetFault();
  };
  return {
    sessionId,
    sticky,
    held,
    again,
    goOn,
    retry,
    fill: useFill(draft.text, write),
    editing,
    branches,
    log: { busy: held || readOnly },
    notices: {
      text: notice,
      calm: lost !== null && lost.fault === null,
      lost,
      resend: refusal.sendable ? resending : null,
      blocked: incomplete || (refusal.queued ? blocked : held),
      dismiss,
    },
    composer: {
      draft,
      obstructed: obstacle !== "",
      busy: blocked || loading,
      queues: replying,
      hint,
      stoppable: stop.running,
      stopping: stop.stopping,
      onWrite: write,
      onSend: submit,
      onRefused: () => setRefused(blocked || obstacle !== ""),
      onStop: stop.stop,
      onFault: refuseFiles,
    },
    spoken: hint || spoken || notice,
  };
}
