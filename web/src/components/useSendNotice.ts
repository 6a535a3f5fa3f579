import type { Fault } from "../api/fault";
import { sentenceFor, sentences } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";
import { useCountdown } from "./useCountdown";

interface SendNotice {
  fault: Fault | null;
  text: string;
  /** The same without the seconds, for the live region. */
  spoken: string;
  /** Seconds until the server accepts another send. */
  wait: number;
}

/** The notice of a refused send, with a countdown until the next try. */
export function useSendNotice(store: ConversationStore, online: boolean): SendNotice {
  const { t } = useI18n();
  const fault = useSelected(store, (state) => state.sendFault);
  const refused = useSelected(store, (state) => state.refused);
  const wait = useCountdown(fault?.retryAt ?? 0);
  if (!fault) return { fault, text: "", spoken: "", wait: 0 };
  // Another notice reports that the network is down.
  const reason = online || fault.code !== "network" ? sentenceFor(t, fault) : "";
  const when = wait > 0 ? t.retryIn(wait) : "";
  const kept = t.refused[refused];
  return {
    fault,
    text: sentences(reason, when, kept),
    spoken: sentences(reason, kept),
    wait,
  };
}
