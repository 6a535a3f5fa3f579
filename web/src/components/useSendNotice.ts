import type { Fault } from "../api/fault";
import { type Catalogue, sentenceFor, sentences } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import type { RefusedKind } from "../state/conversation";
import type { LostVersion } from "../state/replaced";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";
import { useCountdown } from "./useCountdown";

const SENDS: readonly RefusedKind[] = ["new", "edited", "again", "queued"];

/** Refusals after which a running reply must end first, or a waiting question go. */
const FULL = ["turn_running", "too_many_waiting"];

interface SendNotice {
  fault: Fault | null;
  text: string;
  /** The same without the seconds, for the live region. */
  spoken: string;
  /** Seconds until the server accepts another send. */
  wait: number;
  /** Whether a refused send can be sent again. */
  sendable: boolean;
  /** Whether it is a question that would have waited. */
  queued: boolean;
  /** The new version of a reply that failed or was stopped; then the text is about it. */
  lost: LostVersion | null;
}

/** The notice of a refused request, with a countdown until the next try, or of a new version that failed. */
export function useSendNotice(store: ConversationStore): SendNotice {
  const { t } = useI18n();
  const fault = useSelected(store, (state) => state.fault);
  const refused = useSelected(store, (state) => state.refused);
  const lost = useSelected(store, (state) => (state.fault ? null : state.lost));
  const wait = useCountdown(fault?.retryAt ?? 0);
  if (!fault) {
    const text = lost ? lostText(t, lost) : "";
    return { fault, text, spoken: text, wait: 0, sendable: false, queued: false, lost };
  }
  // The line about the connection says that the server cannot be reached.
  const reason = fault.code === "network" ? "" : sentenceFor(t, fault);
  const when = wait > 0 ? t.retryIn(wait) : "";
  const kept = refused === "attached" ? "" : t.refused[refused];
  return {
    fault,
    text: sentences(reason, when, kept),
    spoken: sentences(reason, kept),
    wait,
    sendable: SENDS.includes(refused) && !FULL.includes(fault.code),
    queued: refused === "queued",
    lost,
  };
}

function lostText(t: Catalogue, { fault, question }: LostVersion): string {
  const failed = question ? t.lostEdit.failed : t.newVersionFailed;
  const stopped = question ? t.lostEdit.stopped : t.newVersionStopped;
  return fault ? sentences(failed, sentenceFor(t, fault)) : stopped;
}
