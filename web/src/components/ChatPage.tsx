import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import type { Personas } from "../api/types";
import { sentenceFor } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { entriesOf, isBusy, type ReplyEntry } from "../state/entries";
import type { ConversationControls } from "../state/useConversation";
import { useDraft } from "../state/useDraft";
import { useOnline } from "../state/useOnline";
import { useStickyBottom } from "../state/useStickyBottom";
import { useUnanswered } from "../state/useUnanswered";
import { Announcer } from "./Announcer";
import { Composer } from "./Composer";
import { LoadFailed, Loading } from "./LoadState";
import { Log } from "./Log";
import { Notices } from "./Notices";
import { useStop } from "./useStop";
import { Welcome } from "./Welcome";

interface ChatPageProps {
  controls: ConversationControls;
  personas: Personas | null;
  role: string;
  lead: ReactNode;
  actionFailed: boolean;
  onFailureSeen: () => void;
  onNew: () => void;
}

export function ChatPage({
  controls,
  personas,
  role,
  lead,
  actionFailed,
  onFailureSeen,
  onNew,
}: ChatPageProps) {
  const { conversation, send, reload, forgetFault } = controls;
  const { t } = useI18n();
  const online = useOnline();
  const sticky = useStickyBottom();
  const draft = useDraft(conversation.sessionId);
  useUnanswered(conversation, draft);
  const entries = useMemo(() => entriesOf(conversation), [conversation]);
  const busy = isBusy(conversation);
  const persona = personas?.roles[role];
  const stop = useStop(controls, busy);
  const watched = useWatched(conversation.sessionId, busy);

  const ask = async (text: string) => {
    draft.write("");
    sticky.toBottom();
    if (!(await send({ text, replaceFrom: null }))) draft.restore(text);
  };

  const { toBottom } = sticky;
  const again = useCallback(
    (entry: ReplyEntry) => {
      toBottom();
      void send({ text: null, replaceFrom: entry.id });
    },
    [send, toBottom],
  );

  const fault = conversation.sendFault;
  const running = fault?.code === "turn_running";
  const notice = fault
    ? running
      ? t.alreadyRunning
      : `${online || fault.code !== "network" ? sentenceFor(t, fault) : ""} ${t.sendFailed}`.trim()
    : stop.failed || actionFailed
      ? t.actionFailed
      : "";

  const empty =
    conversation.load === "failed" && conversation.loadFault ? (
      <LoadFailed
        title={t.loadFailed}
        fault={conversation.loadFault}
        onRetry={() => void reload()}
        onNew={onNew}
      />
    ) : conversation.load === "loading" || !persona ? (
      <Loading />
    ) : (
      <Welcome role={role} persona={persona} onAsk={(text) => void ask(text)} />
    );

  return (
    <>
      <Log
        entries={entries}
        personas={personas?.roles ?? {}}
        role={role}
        busy={busy}
        sticky={sticky}
        lead={lead}
        empty={empty}
        onAgain={again}
        onResend={(id, text) => {
          toBottom();
          return send({ text, replaceFrom: id });
        }}
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
        />
        <Composer
          text={draft.text}
          persona={persona?.name ?? ""}
          focusKey={conversation.sessionId ?? ""}
          busy={busy || !persona || conversation.load === "loading"}
          stoppable={conversation.reply !== null && busy}
          stopping={stop.stopping}
          onWrite={(text) => {
            draft.write(text);
            if (fault) forgetFault();
          }}
          onSend={() => void ask(draft.text)}
          onStop={stop.stop}
        />
      </div>
      <Announcer entries={entries} watched={watched} notice={notice} />
    </>
  );
}

/** True from the first reply that ran here until another conversation is opened. */
function useWatched(sessionId: string | null, busy: boolean): boolean {
  const [watched, setWatched] = useState<string | null>(null);
  const key = sessionId ?? "";
  useEffect(() => {
    if (busy) setWatched(key);
  }, [busy, key]);
  return watched === key;
}
