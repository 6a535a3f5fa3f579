import { cjkFriendlyExtension } from "micromark-extension-cjk-friendly";
import { memo, type ReactNode } from "react";
import { type Components, defaultRemarkPlugins, Streamdown } from "streamdown";
import { useI18n } from "../i18n/useI18n";
import { safeUrl } from "../lib/url";
import { CodeBlock } from "./CodeBlock";
import { CheckIcon, ImageIcon } from "./icons";

interface MarkdownProps {
  text: string;
  /** More text is coming: a caret shows where. */
  streaming?: boolean;
  /** The text may break off anywhere, so marks left open at its end are closed for the eye. */
  partial?: boolean;
}

/** `**加粗。**后文` is bold: CommonMark alone counts the full-width stop as a reason not to close. */
function cjkEmphasis(this: { data: () => object }) {
  const data = this.data() as { micromarkExtensions?: unknown[] };
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), cjkFriendlyExtension()];
}

const remarkPlugins = [...Object.values(defaultRemarkPlugins), cjkEmphasis];

// Without rehype-raw in this list, HTML in the text is shown as the text that it is.
const rehypePlugins: [] = [];

const unfinished = { linkMode: "text-only", images: false, htmlTags: false } as const;

interface LinkProps {
  href?: string | undefined;
  title?: string | undefined;
  children?: ReactNode;
}

function SafeLink({ href, title, children }: LinkProps) {
  if (!href) return <span>{children}</span>;
  if (href.startsWith("#")) return <a href={href}>{children}</a>;
  return (
    <a href={href} title={title} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** A picture would be fetched from a host that the model chose; a link leaves that to the reader. */
function PictureLink({ src, alt }: { src?: unknown; alt?: string | undefined }) {
  const href = typeof src === "string" ? src : undefined;
  return (
    <SafeLink href={href}>
      <span className="picture">
        <ImageIcon size={16} />
        {alt || href}
      </span>
    </SafeLink>
  );
}

/** Task lists are the only inputs that Markdown makes, and nobody can tick them here. */
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

function ScrollingTable({ children }: { children?: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled with the keyboard
    <div className="table" tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

const PLAIN =
  "h1 h2 h3 h4 h5 h6 p ul ol li blockquote hr strong sup sub section thead tbody tr th td code";

const components = {
  ...Object.fromEntries(PLAIN.split(" ").map((tag) => [tag, tag])),
  a: SafeLink,
  img: PictureLink,
  input: TaskMark,
  pre: CodeBlock,
  table: ScrollingTable,
} as Components;

export const Markdown = memo(function Markdown({ text, streaming, partial }: MarkdownProps) {
  return (
    <Streamdown
      className={streaming ? "markdown streaming" : "markdown"}
      components={components}
      remarkPlugins={remarkPlugins}
      rehypePlugins={rehypePlugins}
      urlTransform={safeUrl}
      parseIncompleteMarkdown={partial ?? false}
      remend={unfinished}
    >
      {text}
    </Streamdown>
  );
});
