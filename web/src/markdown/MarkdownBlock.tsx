import { cjkFriendlyExtension } from "micromark-extension-cjk-friendly";
import { type CSSProperties, memo, type ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkMath from "remark-math";
import { CheckIcon } from "../components/ui/icons";
import { useI18n } from "../i18n/useI18n";
import { BlockOpen } from "./blockOpen";
import { Preformatted } from "./CodeBlock";
import { directions } from "./direction";
import { Formula } from "./Formula";
import { formulaMarks } from "./formulaMarks";
import { gfm } from "./gfm";
import { PictureLink, SafeLink } from "./links";
import { ScrollBox } from "./ScrollBox";
import { safeUrl } from "./safeUrl";

/** Makes `**加粗。**后文` bold: plain CommonMark does not close bold after a full-width stop. */
function cjkEmphasis(this: { data: () => object }) {
  const data = this.data() as { micromarkExtensions?: unknown[] };
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), cjkFriendlyExtension()];
}

const rehypePlugins = [directions];
const remarkPlugins = [
  gfm,
  cjkEmphasis,
  [remarkMath, { singleDollarTextMath: false }] as [typeof remarkMath, object],
];

/** Renders a task list's checkbox, the only input in Markdown, as text, because it cannot be changed here. */
function TaskMark({ checked }: { checked?: boolean | undefined }) {
  const { t } = useI18n();
  return (
    <span
      className={checked ? "task checked" : "task"}
      role="img"
      aria-label={checked ? t.taskDone : t.taskOpen}
    >
      {checked && <CheckIcon size={12} />}
    </span>
  );
}

function Table({ children }: { children?: ReactNode }) {
  const { t } = useI18n();
  return (
    <ScrollBox className="table" label={t.table}>
      <table dir="auto">{children}</table>
    </ScrollBox>
  );
}

/** An empty header cell, often the corner of a table, is not a heading. */
function HeaderCell({ style, children }: { style?: CSSProperties; children?: ReactNode }) {
  return children ? (
    <th scope="col" style={style}>
      {children}
    </th>
  ) : (
    <td />
  );
}

function InlineCode({ className, children }: { className?: string; children?: ReactNode }) {
  if (className?.includes("math-inline")) return <Formula source={String(children ?? "")} />;
  return <code className={className}>{children}</code>;
}

const components = {
  a: SafeLink,
  img: PictureLink,
  input: TaskMark,
  pre: Preformatted,
  code: InlineCode,
  table: Table,
  th: HeaderCell,
} as Components;

interface MarkdownBlockProps {
  text: string;
  open: boolean;
}

/** One piece of a reply. Without rehype-raw, HTML in it is shown as text. */
export const MarkdownBlock = memo(function MarkdownBlock({ text, open }: MarkdownBlockProps) {
  return (
    <BlockOpen value={open}>
      <ReactMarkdown
        components={components}
        remarkPlugins={remarkPlugins}
        rehypePlugins={rehypePlugins}
        urlTransform={safeUrl}
      >
        {formulaMarks(text)}
      </ReactMarkdown>
    </BlockOpen>
  );
});
