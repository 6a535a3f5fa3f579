import { useId, useState } from "react";
import { useI18n } from "../i18n/useI18n";
import { languageOf } from "../lib/language";
import { Markdown } from "../markdown/LazyMarkdown";
import { useClamped } from "./useClamped";

/** What a person asked, as Markdown with the line breaks that were typed. A long text is folded until it is wanted. */
export function QuestionText({ text }: { text: string }) {
  const { t } = useI18n();
  const id = useId();
  const [whole, setWhole] = useState(false);
  const [element, clamped] = useClamped<HTMLDivElement>(text, whole);
  const toggle = () => {
    setWhole(!whole);
    // Folding moves what is below up: the question stays in sight.
    if (whole) element.current?.scrollIntoView({ block: "nearest" });
  };
  return (
    <div className="bubble" lang={languageOf(text.slice(0, 600))} dir="auto">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only sees that something in it got the focus */}
      <div
        id={id}
        ref={element}
        className={whole ? "question-text" : "question-text cut"}
        data-clamped={clamped && !whole}
        // A link or button that is out of sight was reached by keys.
        onFocus={() => clamped && setWhole(true)}
      >
        <Markdown text={text} breaks />
      </div>
      {(clamped || whole) && (
        <button
          type="button"
          className="fold-button"
          aria-expanded={whole}
          aria-controls={id}
          data-testid="fold-question"
          onClick={toggle}
        >
          {whole ? t.less : t.more}
        </button>
      )}
    </div>
  );
}
