import { memo, useId, useMemo } from "react";
import ReactMarkdown from "react-markdown";
import { hasAddressEnd } from "./addressEnd";
import { BlockOpen } from "./blockOpen";
import { BlockSource } from "./blockSource";
import { elements } from "./elements";
import { formulaMarks } from "./formulaMarks";
import { rehypePlugins, remarkPlugins } from "./plugins";
import { safeUrl } from "./safeUrl";

interface MarkdownBlockProps {
  text: string;
  /** Whether it ends within an open fence or formula. */
  open: boolean;
  /** Whether it may end anywhere. */
  partial?: boolean;
  /** Whether each line break of the text is one on the page. */
  breaks?: boolean;
}

/** One piece of a message. HTML in it is shown as text, except for a few harmless tags. */
export const MarkdownBlock = memo(function MarkdownBlock(props: MarkdownBlockProps) {
  const { text, open, partial = false, breaks = false } = props;
  const id = useId();
  // Ids of footnotes are unique on the page.
  const options = useMemo(() => ({ clobberPrefix: `${id}-` }), [id]);
  const source = formulaMarks(text, open);
  return (
    <BlockOpen value={open}>
      <BlockSource value={source}>
        <ReactMarkdown
          components={elements}
          remarkPlugins={remarkPlugins({ partial, breaks, endsAddresses: hasAddressEnd(text) })}
          rehypePlugins={rehypePlugins}
          remarkRehypeOptions={options}
          urlTransform={safeUrl}
        >
          {source}
        </ReactMarkdown>
      </BlockSource>
    </BlockOpen>
  );
});
