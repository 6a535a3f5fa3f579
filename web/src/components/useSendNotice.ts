import type { Fault } from "../api/fault";
import { type Catalogue, sentenceFor, sentences } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import type { LostVersion } from "../state/replaced";
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
  /** Whether a refused send can be sent again. */
  sendable: boolean;
  /** The new version of a reply that failed or was stopped; then the text is about it. */
  lost: LostVersion | null;
}

/** The notice of a refused request, with a countdown until the next try, or of a new version that failed. */
export function useSendNotice(store: ConversationStore, online: boolean): SendNotice {
  const { t } = useI18n();
  const fault = useSelected(store, (state) => state.fault);
  const refused = useSelected(store, (state) => state.refused);
  const lost = useSelected(store, (state) => (state.fault ? null : state.lost));
  const wait = useCountdown(fault?.retryAt ?? 0);
  if (!fault) {
    const text = lost ? lostText(t, lost) : "";
    return { fault, text, spoken: text, wait: 0, sendable: false, lost };
  }
  // Another notice reports that the network is down.
  const reason = online || fault.code !== "network" ? sentenceFor(t, fault) : "";
  const when = wait > 0 ? t.retryIn(wait) : "";
  const kept = t.refused[refused];
  return {
    fault,
    text: sentences(reason, when, kept),
    spoken: sentences(reason, kept),
    wait,
    // A running reply must end first.
    sendable: refused !== "version" && refused !== "removal" && fault.code !== "turn_running",
    lost,
  };
}

const lostText = (t: Catalogue, { fault }: LostVersion) =>
  fault ? sentences(t.newVersionFailed, sentenceFor(t, fault)) : t.newVersionStopped;
