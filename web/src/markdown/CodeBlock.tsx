import { isValidElement, type ReactNode, use } from "react";
import { CopyButton } from "../components/CopyButton";
import { useI18n } from "../i18n/useI18n";
import { BlockOpen } from "./blockOpen";
import { Diagram } from "./Diagram";
import { Formula } from "./Formula";
import { HighlightedCode } from "./HighlightedCode";
import { ScrollBox } from "./ScrollBox";

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

/** A fence: a formula or a diagram once it is closed, else code. */
export function CodeBlock({ children }: { children?: ReactNode }) {
  const { language, code } = codeIn(children);
  const open = use(BlockOpen);
  const source = <Code language={language} code={code} />;
  if (open) return source;
  if (language === "math") return <Formula source={code} display />;
  if (language === "mermaid") return <Diagram source={code} otherwise={source} />;
  return source;
}

function Code({ language, code }: { language: string; code: string }) {
  const { t } = useI18n();
  return (
    <figure className="code">
      <figcaption>
        <span>{language || t.code}</span>
        <CopyButton label={t.copyCode} text={() => code} testId="copy-code" />
      </figcaption>
      <ScrollBox as="pre" label={language ? `${t.code}: ${language}` : t.code}>
        <HighlightedCode code={code} language={language} />
      </ScrollBox>
    </figure>
  );
}
