import { useMemo } from "react";
import { SearchIcon } from "../components/ui/icons";
import { useI18n } from "../i18n/useI18n";
import { dayOf } from "../state/periods";
import type { App } from "../state/useApp";
import { useMessageSearch } from "../state/useMessageSearch";
import type { Item } from "./items";
import type { Row } from "./Option";

const MOST = 8;

interface FoundRows {
  rows: Row[];
  searching: boolean;
}

/** Searches on the server after a pause: messages, and titles that are not loaded. `items`: what is offered anyway. */
export function useFoundRows(
  { deletions, jump }: App,
  query: string,
  items: readonly Item[],
): FoundRows {
  const { t, locale } = useI18n();
  const search = useMessageSearch(query);
  const { hits, load, done, cursor, stale } = search;
  const { hides } = deletions;
  const { found } = jump;
  const offered = new Set(items.map(({ id }) => id));
  const shown = hits
    .filter((hit) => !hides(hit.session_id))
    .filter((hit) => hit.message_id !== null || !offered.has(`session:${hit.session_id}`));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list of items is made anew at each rendering
  const rows = useMemo(
    () =>
      (stale ? [] : shown.slice(0, MOST)).map(
        (hit): Row => ({
          id: `found:${hit.session_id}:${hit.message_id}`,
          title: hit.title || t.untitled,
          ranges: [],
          detail: dayOf(hit.timestamp, new Date(), locale),
          icon: <SearchIcon />,
          ...(hit.message_id && { excerpt: { text: hit.excerpt, ranges: hit.ranges } }),
          run: () => found(hit),
        }),
      ),
    [hits, stale, offered.size, hides, found, t, locale],
  );
  const waits = search.query !== "" && load === "paused" && !done && cursor === null;
  return { rows, searching: waits || load === "loading" };
}
