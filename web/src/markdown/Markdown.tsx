import { memo, useRef } from "react";
import remend from "remend";
import { type Blocks, cut, NO_BLOCKS } from "./blocks";
import { CodeBlock } from "./CodeBlock";
import { fenceOf } from "./fence";
import { MarkdownBlock } from "./MarkdownBlock";
import { isReadable, PlainBlock, Reading } from "./PlainBlock";

interface MarkdownProps {
  text: string;
  lang?: string | undefined;
  /** Whether more text will arrive; shows a caret at its end. */
  streaming?: boolean;
  /** Whether the text may end anywhere, so that open marks at its end are closed. */
  partial?: boolean;
}

const UNFINISHED = { linkMode: "text-only", images: false, htmlTags: false, katex: false } as const;

/**
 * Renders a reply block by block. Only the last block of a growing text is parsed again: the others are the same
 * strings, so React skips their components.
 */
export const Markdown = memo(function Markdown({ text, lang, streaming, partial }: MarkdownProps) {
  const before = useRef<Blocks>(NO_BLOCKS);
  // The last line of a growing text is incomplete; that of a finished text is complete.
  const cutNow = cut(partial ? text : `${text}\n`, before.current);
  before.current = cutNow;
  const { pieces, open } = cutNow;
  const last = pieces.length - 1;
  return (
    <div className={streaming ? "markdown streaming" : "markdown"} lang={lang}>
      {pieces.map((piece, index) => (
        <Block
          // biome-ignore lint/suspicious/noArrayIndexKey: a block keeps its index while the text grows
          key={index}
          {...piece}
          open={index === last && open}
          growing={index === last && (streaming ?? false)}
          partial={index === last && !open && (partial ?? false)}
        />
      ))}
    </div>
  );
});

interface BlockProps {
  text: string;
  /** Definitions in other blocks that it refers to. */
  note: string;
  open: boolean;
  growing: boolean;
  partial: boolean;
}

const Block = memo(function Block({ text, note, open, growing, partial }: BlockProps) {
  const fence = fenceOf(text, open);
  if (fence) return <CodeBlock {...fence} open={open && growing} />;
  if (!isReadable(text)) return <PlainBlock text={text} />;
  return (
    <Reading text={text}>
      <MarkdownBlock
        text={`${partial ? remend(text, UNFINISHED) : text}${note && `\n\n${note}`}`}
        open={open && growing}
      />
    </Reading>
  );
});
