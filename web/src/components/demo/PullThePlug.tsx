import { useEffect } from "react";
import { type Catalogue, sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import type { Conversation } from "../../state/conversation";
import type { Plug } from "../../state/plug";
import { isOver } from "../../state/reply";
import { useSelected } from "../../state/store";
import type { ConversationStore } from "../../state/useConversation";
import { usePlug } from "../../state/usePlug";
import { PlugIcon } from "../ui/icons";
import "../../styles/plug.css";

/** Offers to kill the worker of the running reply, and says in one line what became of the reply. */
export default function PullThePlug({ store }: { store: ConversationStore }) {
  const { t, locale } = useI18n();
  const { plug, pull, fault } = usePlug(store);
  const writing = useSelected(store, isWriting);
  const text = fault ? sentenceFor(t, fault) : plug ? sentenceAbout(t, plug, locale) : "";
  useEffect(() => {
    if (text) announce(text);
  }, [text]);
  const pullable = writing && (!plug || plug.phase === "resumed" || plug.phase === "restarted");
  if (!text && !pullable) return null;
  return (
    <div className="plug" data-testid="plug" data-phase={plug?.phase ?? "ready"}>
      <p>{text || t.plug.explain}</p>
      {pullable && (
        <button type="button" className="button small" data-testid="pull-the-plug" onClick={pull}>
          <PlugIcon size={16} />
          {t.plug.pull}
        </button>
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
