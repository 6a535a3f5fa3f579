import type { ImportedConversation } from "../../api/transfer";
import { useI18n } from "../../i18n/useI18n";
import { dayOf } from "../../state/periods";

/** Rows that are shown; the others are counted. */
const MOST_ROWS = 200;

interface ConversationListProps {
  name: string;
  rows: readonly ImportedConversation[];
}

/** Conversations of a file: title, and number of messages with the day, or why they are left out. */
export function ConversationList({ name, rows }: ConversationListProps) {
  const { t, locale } = useI18n();
  if (rows.length === 0) return null;
  const reasons = t.importReasons as Record<string, string>;
  const further = rows.length - MOST_ROWS;
  const detailOf = ({ reason, detail, messages = 0, updated_at }: ImportedConversation) => {
    if (reason) return reasons[reason] ?? detail ?? reason;
    const day = updated_at ? dayOf(updated_at, new Date(), locale) : "";
    return [t.messageCount(messages), day].filter(Boolean).join(" · ");
  };
  return (
    <details className="data-list" open={rows.length <= 8}>
      <summary>
        {name} <span className="data-count">{rows.length}</span>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it */}
      <ul tabIndex={0} aria-label={name}>
        {rows.slice(0, MOST_ROWS).map((row) => (
          <li key={row.index}>
            <span className="data-title" dir="auto">
              {row.title || t.untitled}
            </span>
            <span className={row.reason ? "data-detail reason" : "data-detail"}>
              {detailOf(row)}
            </span>
          </li>
        ))}
        {further > 0 && <li className="data-detail">{t.andFurther(further)}</li>}
      </ul>
    </details>
  );
}
