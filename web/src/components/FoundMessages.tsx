import { memo, type RefObject, useEffect } from "react";
import type { Hit } from "../api/schemas";
import { type Catalogue, sentenceFor } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { type MessageSearch, MOST_EMPTY } from "../state/messageSearch";
import { BELOW, useNear } from "../state/useEarlier";
import type { MessageSearchControls } from "../state/useMessageSearch";
import { FoundMessage } from "./FoundMessage";

interface FoundMessagesProps {
  search: MessageSearchControls;
  hits: Hit[];
  /** Conversations whose title matches; they are listed above. */
  titles: number;
  box: RefObject<HTMLElement | null>;
  onChoose: (hit: Hit) => void;
}

/** Lists the results in messages; goes on when the reader scrolls to the end. */
export const FoundMessages = memo(function FoundMessages(props: FoundMessagesProps) {
  const { search, hits, titles, box, onChoose } = props;
  const { t } = useI18n();
  const { load, cursor, done, stale, empty, more } = search;
  const ready = load === "paused" && cursor !== null && hits.length > 0 && empty < MOST_EMPTY;
  const end = useNear(box, async () => more(), { on: ready, edge: cursor, margin: BELOW });
  const isOver = load === "paused" && (done || cursor !== null);

  useEffect(() => {
    if (isOver) announce(t.foundSay(titles, hits.length, !done));
  }, [isOver, titles, hits.length, done, t]);

  if (!search.query || (done && hits.length === 0)) return null;
  return (
    <section className="found-messages" data-testid="found-messages" aria-busy={load === "loading"}>
      <h2>{t.foundMessages}</h2>
      {hits.length > 0 && (
        <ul className={stale ? "stale" : undefined}>
          {hits.map((hit, index) => (
            <FoundMessage
              key={`${hit.session_id} ${hit.message_id}`}
              hit={hit}
              tabStop={index === 0}
              onChoose={onChoose}
            />
          ))}
        </ul>
      )}
      <div ref={end}>
        <Progress search={search} t={t} />
      </div>
    </section>
  );
});

function Progress({ search, t }: { search: MessageSearch & { more: () => void }; t: Catalogue }) {
  const { load, fault, cursor, done, searched, more } = search;
  const count = searched.messages;
  if (load === "failed" && fault) {
    const text = fault.code === "invalid_request" ? t.searchTooLong : sentenceFor(t, fault);
    return <Note text={text} name={t.retry} onPress={more} />;
  }
  if (load === "paused" && cursor !== null)
    return <Note text={t.searchedSoFar(count)} name={t.searchOn} onPress={more} />;
  if (done) return <p className="sidebar-note">{t.searchedAll(count)}</p>;
  return (
    <p className="sidebar-note" data-testid="search-progress">
      {t.searching} {count > 0 && t.searchedSoFar(count)}
    </p>
  );
}

function Note({ text, name, onPress }: { text: string; name: string; onPress: () => void }) {
  return (
    <div className="sidebar-note" data-testid="search-note">
      <p>{text}</p>
      <button type="button" className="button small" data-testid="search-on" onClick={onPress}>
        {name}
      </button>
    </div>
  );
}
