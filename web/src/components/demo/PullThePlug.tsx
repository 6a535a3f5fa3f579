import { useEffect } from "react";
import { type Catalogue, sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { connection, isReachable } from "../../state/connection";
import type { Conversation } from "../../state/conversation";
import { isSettled, type Plug } from "../../state/plug";
import { isOver } from "../../state/reply";
import { useSelected } from "../../state/store";
import type { ConversationStore } from "../../state/useConversation";
import { usePlug } from "../../state/usePlug";
import { IconButton } from "../ui/IconButton";
import { CheckIcon, CloseIcon, PlugIcon } from "../ui/icons";
import "../../styles/plug.css";

/** Offers to kill the worker of the running reply, and says in one line what became of the reply. */
export default function PullThePlug({ store }: { store: ConversationStore }) {
  const { t, locale } = useI18n();
  const { plug, pull, fault, dismiss } = usePlug(store);
  const reachable = useSelected(connection, isReachable);
  const writing = useSelected(store, isWriting);
  const text = fault ? sentenceFor(t, fault) : plug ? sentenceAbout(t, plug, locale) : "";
  useEffect(() => {
    if (text) announce(text);
  }, [text]);
  const settled = plug !== null && isSettled(plug);
  const pullable = writing && reachable && (!plug || settled);
  if (!text && !pullable) return null;
  return (
    <div className="plug" data-testid="plug" data-phase={plug?.phase ?? "ready"}>
      {settled && !fault && <CheckIcon size={16} />}
      <p>{text || t.plug.explain}</p>
      {pullable && (
        <button type="button" className="button small" data-testid="pull-the-plug" onClick={pull}>
          <PlugIcon size={16} />
          {t.plug.pull}
        </button>
      )}
      {(settled || fault) && (
        <IconButton label={t.close} className="small" testId="close-plug" onClick={dismiss}>
          <CloseIcon size={16} />
        </IconButton>
      )}
    </div>
  );
}

const isWriting = ({ reply }: Conversation) =>
  reply !== null && reply.text !== "" && !isOver(reply.phase);

function sentenceAbout(t: Catalogue, plug: Plug, locale: string): string {
  const seconds = plug.seconds.toLocaleString(locale, { maximumFractionDigits: 1 });
  switch (plug.phase) {
    case "killing":
      return t.plug.killing;
    case "killed":
      return t.plug.killed(plug.characters);
    case "ended":
      return t.plug.ended;
    default:
      return t.plug[plug.phase](plug.characters, seconds);
  }
}
