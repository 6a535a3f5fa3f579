import { memo, useRef } from "react";
import remend from "remend";
import { type Blocks, cut, NO_BLOCKS } from "./blocks";
import { MarkdownBlock } from "./MarkdownBlock";

interface MarkdownProps {
  text: string;
  /** More text is coming: a caret shows where. */
  streaming?: boolean;
  /** The text may break off anywhere, so marks left open at its end are closed for the eye. */
  partial?: boolean;
}

const UNFINISHED = { linkMode: "text-only", images: false, htmlTags: false, katex: false } as const;

/**
 * A reply, block by block. Only the last block of a growing text is read again: all before it stay the same
 * strings, so their components are not even looked at.
 */
export const Markdown = memo(function Markdown({ text, streaming, partial }: MarkdownProps) {
  const before = useRef<Blocks>(NO_BLOCKS);
  const { blocks, open } = cut(text, before.current);
  before.current = { text, blocks, open };
  const last = blocks.length - 1;
  return (
    <div className={streaming ? "markdown streaming" : "markdown"}>
      {blocks.map((block, index) => (
        <MarkdownBlock
          // biome-ignore lint/suspicious/noArrayIndexKey: a block keeps its place while the text grows
          key={index}
          text={partial && !open && index === last ? remend(block, UNFINISHED) : block}
          open={index === last && open && (streaming ?? false)}
        />
      ))}
    </div>
  );
});
