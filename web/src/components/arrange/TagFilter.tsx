import { useI18n } from "../../i18n/useI18n";
import type { Arranging } from "../../state/useArranging";

/** The tags in use: one that is pressed lists its conversations alone. */
export function TagFilter({ view, setView, tags }: Pick<Arranging, "view" | "setView" | "tags">) {
  const { t } = useI18n();
  const counted = tags.counts.map(({ tag, sessions, archived }) => ({
    tag,
    count: view.archived ? archived : sessions,
  }));
  const offered = counted.filter(({ tag, count }) => count > 0 || tag === view.tag);
  if (offered.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields of a form
    <div className="tag-filter" role="group" aria-label={t.arrange.tagFilter} data-testid="tags">
      {offered.map(({ tag, count }) => (
        <button
          key={tag}
          type="button"
          className="tag-chip"
          aria-pressed={tag === view.tag}
          aria-label={t.arrange.tagCount(tag, count)}
          onClick={() => setView({ ...view, tag: tag === view.tag ? null : tag })}
        >
          <span dir="auto">{tag}</span>
          <span className="tag-count">{count}</span>
        </button>
      ))}
    </div>
  );
}
