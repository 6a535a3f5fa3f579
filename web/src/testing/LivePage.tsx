import { ChatPage } from "../components/ChatPage";
import { useConversation } from "../state/useConversation";
import { aChoice } from "./models";

export const ROLE = "assistant";
const CHOICE = aChoice();
const LIMITS = { files: 10, bytes: 1_000 };
const PERSONAS = {
  roles: { assistant: { name: "Assistant", icon: "", description: "", welcome: "" } },
  default_role: ROLE,
};

interface LivePageProps {
  /** Null for a new conversation. */
  sessionId?: string | null;
  onRender?: () => void;
}

/** The page of a conversation with its state, as the app shows it. Calls `onRender` with each rendering. */
export function LivePage({ sessionId = "s", onRender }: LivePageProps) {
  onRender?.();
  const controls = useConversation({
    ready: true,
    sessionId,
    role: ROLE,
    model: "m",
    onCreated: () => undefined,
    onChanged: () => undefined,
  });
  return (
    <ChatPage
      controls={controls}
      personas={PERSONAS}
      choice={CHOICE}
      limits={LIMITS}
      lead={null}
      jump={null}
      onJump={() => undefined}
      actionFailed={false}
      onFailureSeen={() => undefined}
      onNew={() => undefined}
    />
  );
}
