import { memo } from "react";
import type { Hit } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { markedParts } from "../lib/marked";
import { dayOf } from "../state/periods";
import { addressOf } from "../state/useRoute";

interface FoundMessageProps {
  hit: Hit;
  /** Whether Tab stops here; the arrow keys lead to the other results. */
  tabStop: boolean;
  onChoose: (hit: Hit) => void;
}

/** A result of a search: its conversation, day and excerpt with the words that were found. */
export const FoundMessage = memo(function FoundMessage(props: FoundMessageProps) {
  const { hit, tabStop, onChoose } = props;
  const { t, locale } = useI18n();
  const parts = markedParts(hit.excerpt, hit.ranges);
  return (
    <li className="found" data-testid="found">
      <a
        href={addressOf(hit.session_id)}
        tabIndex={tabStop ? 0 : -1}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          onChoose(hit);
        }}
      >
        <span className="found-head">
          <span className="found-title" dir="auto">
            {hit.title || t.untitled}
          </span>
          {hit.archived && <span className="archived-mark">{t.arrange.isArchived}</span>}
          <time dateTime={new Date(hit.timestamp * 1000).toISOString()}>
            {dayOf(hit.timestamp, new Date(), locale)}
          </time>
        </span>
        <span className="found-excerpt" dir="auto">
          {hit.role === "user" && <b>{t.you + t.colon}</b>}
          {parts.map(({ text, marked }, index) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of an excerpt never change
            marked ? <mark key={index}>{text}</mark> : text,
          )}
        </span>
      </a>
    </li>
  );
});
