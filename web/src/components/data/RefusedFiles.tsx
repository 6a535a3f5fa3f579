import { useI18n } from "../../i18n/useI18n";
import { sizeOf } from "../../lib/sizeOf";
import type { Importing } from "../../state/importing";

/** Files of a ZIP that the server refuses, each with the reason. */
export function RefusedFiles({ state }: { state: Importing }) {
  const { t, locale } = useI18n();
  const { refused, refusedFurther } = state;
  if (refused.length === 0) return null;
  const reasons = t.importFileReasons as Record<string, string>;
  return (
    <details className="data-list" open={refused.length <= 8} data-testid="import-files">
      <summary>
        {t.importFilesLeftOut} <span className="data-count">{refused.length + refusedFurther}</span>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it */}
      <ul tabIndex={0} aria-label={t.importFilesLeftOut}>
        {refused.map(({ index, name, size, reason = "", detail }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, and the list only grows
          <li key={`${index}-${place}`}>
            <span className="data-title" dir="auto">
              {name} ({sizeOf(size, locale)})
            </span>
            <span className="data-detail reason">{reasons[reason] ?? detail}</span>
          </li>
        ))}
        {refusedFurther > 0 && <li className="data-detail">{t.andFurther(refusedFurther)}</li>}
      </ul>
    </details>
  );
}
