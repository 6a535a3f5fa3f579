import { isValidElement, type ReactNode } from "react";
import { useI18n } from "../i18n/useI18n";
import { CopyButton } from "./CopyButton";
import { HighlightedCode } from "./HighlightedCode";

/** What Markdown puts inside `<pre>`: one `<code class="language-…">` with plain text. */
function codeIn(children: ReactNode): { language: string; code: string } {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children))
    return { language: "", code: String(children ?? "") };
  const { className = "", children: text } = children.props;
  return {
    language: /language-([^\s]+)/.exec(className)?.[1] ?? "",
    code: String(text ?? "").replace(/\n$/, ""),
  };
}

export function CodeBlock({ children }: { children?: ReactNode }) {
  const { t } = useI18n();
  const { language, code } = codeIn(children);
  return (
    <figure className="code">
      <figcaption>
        <span>{language}</span>
        <CopyButton label={t.copyCode} text={() => code} testId="copy-code" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide block is scrolled with the keyboard */}
      <pre tabIndex={0}>
        <HighlightedCode code={code} language={language} />
      </pre>
    </figure>
  );
}
