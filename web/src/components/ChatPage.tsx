import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Personas } from "../api/types";
import { useI18n } from "../i18n/useI18n";
import type { Question } from "../state/deliver";
import { isBusy, type ReplyEntry } from "../state/entries";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import { useDraft } from "../state/useDraft";
import { useOnline } from "../state/useOnline";
import { useStickyBottom } from "../state/useStickyBottom";
import { useUnanswered } from "../state/useUnanswered";
import { Announcer } from "./Announcer";
import { Composer } from "./Composer";
import { EmptyLog } from "./EmptyLog";
import { Log } from "./Log";
import { Notices } from "./Notices";
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
  const sticky = useStickyBottom();
  const sessionId = useSelected(store, (state) => state.sessionId);
  const loading = useSelected(store, (state) => state.load === "loading");
  const busy = useSelected(store, isBusy);
  const draft = useDraft(sessionId);
  useUnanswered(store, draft);
  const stop = useStop(controls);
  const watched = useWatched(sessionId, busy);
  const { fault, text: refusal, spoken, wait } = useSendNotice(store, online);
  const [failed, setFailed] = useState<Question | null>(null);
  const held = busy || wait > 0;
  const [refused, setRefused] = useState(false);
  const hint = busy ? t.busyHint : t.waitHint;
  if (refused && !held) setRefused(false);

  const { toBottom } = sticky;
  const { text: written, write, restore } = draft;
  const put = useCallback(
    async (question: Question) => {
      toBottom();
      const sent = await send(question);
      setFailed(sent ? null : question);
      return sent;
    },
    [send, toBottom],
  );
  const current = useRef(written);
  current.current = written;
  const ask = useCallback(
    async (text: string) => {
      if (text === current.current) write("");
      if (!(await put({ text, replaceFrom: null }))) restore(text);
    },
    [put, write, restore],
  );
  const again = useCallback(
    (entry: ReplyEntry) => void put({ text: null, replaceFrom: entry.id }),
    [put],
  );
  const resend = useCallback((id: string, text: string) => put({ text, replaceFrom: id }), [put]);

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
  const notice = refusal || (stop.failed || actionFailed ? t.actionFailed : "");
  // A refused edit is still open in its own editor, and a running reply has to end first.
  const retry = fault && fault.code !== "turn_running" && isRepeatable(failed);
  const repeat = () => {
    if (failed?.text === null) void put(failed);
    else if (written.trim()) void ask(written);
  };

  return (
    <>
      <Log
        store={store}
        personas={personas?.roles ?? NOBODY}
        role={role}
        busy={held}
        sticky={sticky}
        lead={lead}
        empty={empty}
        onAgain={again}
        onResend={resend}
      />
      <div className="dock">
        <Notices
          online={online}
          text={notice}
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
              onClick={repeat}
            >
              {t.retry}
            </button>
          )}
        </Notices>
        <Composer
          text={written}
          persona={persona?.name ?? ""}
          focusKey={sessionId ?? ""}
          busy={held || !persona || loading}
          hint={refused ? hint : ""}
          stoppable={stop.running}
          stopping={stop.stopping}
          onWrite={(text) => {
            write(text);
            if (fault && wait === 0) forgetFault();
          }}
          onSend={() => void ask(written)}
          onRefused={() => setRefused(held)}
          onStop={stop.stop}
        />
      </div>
      <Announcer store={store} watched={watched} notice={refused ? hint : spoken || notice} />
    </>
  );
}

const NOBODY = {};

const isRepeatable = (question: Question | null) =>
  question !== null && (question.text === null || question.replaceFrom === null);

/** True from the first reply that ran here until another conversation is opened. */
function useWatched(sessionId: string | null, busy: boolean): boolean {
  const [watched, setWatched] = useState<string | null>(null);
  const key = sessionId ?? "";
  useEffect(() => {
    if (busy) setWatched(key);
  }, [busy, key]);
  return watched === key;
}
