import { type ReactNode, useMemo } from "react";
import type { Personas } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { isFresh } from "../state/entries";
import type { FileLimits } from "../state/fileLimits";
import { callsTools } from "../state/models";
import { useSelected } from "../state/store";
import type { ChoiceControls } from "../state/useChoice";
import type { ConversationControls } from "../state/useConversation";
import { UnsentQuestions } from "../unsent/UnsentQuestions";
import { Announcer } from "./Announcer";
import { DraftComposer } from "./DraftComposer";
import { EmptyLog } from "./EmptyLog";
import { LaterMessages } from "./LaterMessages";
import { Log } from "./Log";
import { LostVersionButtons } from "./LostVersionButtons";
import { Notices } from "./Notices";
import { OtherBranch } from "./OtherBranch";
import { PrintNote } from "./PrintNote";
import { ReplyStepsContext } from "./replies/replySteps";
import { useReplyStepsOf } from "./replies/useReplyStepsOf";
import { SendAgain } from "./SendAgain";
import { useChatPage } from "./useChatPage";
import type { Jump } from "./useJump";
import { useTravel } from "./useTravel";
import { WaitingQuestions } from "./WaitingQuestions";
import { WelcomeChoices } from "./WelcomeChoices";

export interface ChatPageProps {
  controls: ConversationControls;
  personas: Personas | null;
  choice: Omit<ChoiceControls, "adoptRole" | "adoptModel">;
  limits: FileLimits;
  /** Whether there are tools of tool servers. */
  hasTools?: boolean;
  /** Shown at the end of the empty page. */
  lead: ReactNode;
  /** Shown above the composer with a demo model. */
  demo?: ReactNode;
  /** The message that was chosen last in a search. */
  jump: Jump | null;
  onJump: (jump: Jump) => void;
  actionFailed: boolean;
  onFailureSeen: () => void;
  onNew: () => void;
}

export function ChatPage(props: ChatPageProps) {
  const { controls, personas, choice, limits, lead, onJump, onNew } = props;
  const { store, reload } = controls;
  const { t } = useI18n();
  const page = useChatPage(props);
  const { sessionId, sticky, notices, composer, branches, editing, retry } = page;
  const { lost } = notices;
  const role = choice.role ?? "";
  const persona = personas?.roles[role];
  const useless = props.hasTools && persona?.uses_tools !== false && !callsTools(choice.model);
  const steps = useReplyStepsOf(store, personas?.roles ?? NO_PERSONAS, page.again, page.goOn);
  const empty = useMemo(
    () => <EmptyLog store={store} persona={persona} onReload={() => void reload()} onNew={onNew} />,
    [store, persona, reload, onNew],
  );

  // The same as long as it shows the same, so that a key does not render all messages.
  const later = useMemo(
    () => <LaterMessages controls={controls} box={sticky.box} />,
    [controls, sticky.box],
  );

  const fresh = useSelected(store, isFresh);
  const dock = useTravel(store, fresh);

  return (
    <ReplyStepsContext value={steps}>
      <div className={fresh ? "chat fresh" : "chat"}>
        <PrintNote store={store} />
        <Log
          store={store}
          personas={personas?.roles ?? NO_PERSONAS}
          role={role}
          busy={page.log.busy}
          later={later}
          sticky={sticky}
          onReload={reload}
          empty={empty}
          onAgain={page.again}
          editing={editing}
          branches={branches}
        />
        <div className="dock" ref={dock}>
          <OtherBranch
            controls={controls}
            onLeave={sticky.toBottom}
            onShow={(messageId) => sessionId && onJump({ sessionId, messageId })}
          />
          <Notices text={notices.text} calm={notices.calm} onDismiss={notices.dismiss}>
            {lost && (
              <LostVersionButtons
                lost={lost}
                disabled={page.held}
                onRetry={() => retry(lost)}
                onShow={branches.reveal}
              />
            )}
            {notices.resend && <SendAgain disabled={notices.blocked} onSend={notices.resend} />}
          </Notices>
          {props.demo}
          <UnsentQuestions place={sessionId} />
          <WaitingQuestions controls={controls} onKeep={composer.draft.restore} />
          <DraftComposer
            {...composer}
            choice={choice}
            attachable={limits.files > 0 || (choice.model ? false : null)}
            persona={persona?.name ?? ""}
            note={useless ? t.tools.cannot(choice.model?.label ?? "") : ""}
            focusKey={sessionId ?? ""}
            busy={composer.busy || !persona}
          />
        </div>
        {fresh && personas && (
          <WelcomeChoices
            personas={personas.roles}
            role={role}
            demo={choice.model?.demo ?? false}
            onChoose={choice.chooseRole}
            onFill={page.fill}
          >
            {lead}
          </WelcomeChoices>
        )}
        <Announcer store={store} notice={page.spoken} />
      </div>
    </ReplyStepsContext>
  );
}

const NO_PERSONAS = {};
