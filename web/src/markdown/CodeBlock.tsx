import { isValidElement, memo, type ReactNode, use } from "react";
import { useI18n } from "../i18n/useI18n";
import { BlockOpen } from "./blockOpen";
import { CodeHeader } from "./CodeHeader";
import { Diagram } from "./Diagram";
import { Formula } from "./Formula";
import type { Fence } from "./fence";
import { HighlightedCode } from "./HighlightedCode";
import { ScrollBox } from "./ScrollBox";

/** The child of a Markdown `<pre>`: one `<code class="language-…">` with plain text. */
function codeIn(children: ReactNode): Fence {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children))
    return { language: "", code: String(children ?? "") };
  const { className = "", children: text } = children.props;
  return {
    language: /language-([^\s]+)/.exec(className)?.[1] ?? "",
    code: String(text ?? "").replace(/\n$/, ""),
  };
}

/** The `<pre>` of a block that was parsed as Markdown. */
export function Preformatted({ children }: { children?: ReactNode }) {
  return <CodeBlock {...codeIn(children)} open={use(BlockOpen)} />;
}

interface CodeBlockProps extends Fence {
  /** Whether it is still growing. */
  open: boolean;
}

/** A formula or a diagram if its fence is closed, otherwise code. */
export const CodeBlock = memo(function CodeBlock({ language, code, open }: CodeBlockProps) {
  const source = <Code language={language} code={code} open={open} />;
  if (open) return source;
  if (language === "math") return <Formula source={code} display />;
  if (language === "mermaid") return <Diagram source={code} otherwise={source} />;
  return source;
});

function Code({ language, code, open }: CodeBlockProps) {
  const { t } = useI18n();
  return (
    <figure className="code" dir="ltr">
      <CodeHeader language={language} code={code} />
      <ScrollBox as="pre" label={language ? `${t.code}: ${language}` : t.code}>
        <HighlightedCode code={code} language={language} unfinished={open} />
      </ScrollBox>
    </figure>
  );
}
