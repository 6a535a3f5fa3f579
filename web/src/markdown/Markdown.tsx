import { memo, useRef } from "react";
import { type Blocks, cut, NO_BLOCKS } from "./blocks";
import { CodeBlock } from "./CodeBlock";
import { fenceOf } from "./fence";
import { MarkdownBlock } from "./MarkdownBlock";
import { isReadable, PlainBlock, Reading } from "./PlainBlock";
import { closedMarks } from "./unfinished";

interface MarkdownProps {
  text: string;
  lang?: string | undefined;
  /** Whether more text will arrive; shows a caret at its end. */
  streaming?: boolean;
  /** Whether the text may end anywhere, so that open marks at its end are closed. */
  partial?: boolean;
  /** Whether each line break of the text is one on the page, as in what a person typed. */
  breaks?: boolean;
}

const withUnixLines = (text: string) => (text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text);

/**
 * Renders a reply block by block. Only the last block of a growing text is parsed again: the others are the same
 * strings, so React skips their components.
 */
export const Markdown = memo(function Markdown(props: MarkdownProps) {
  const { lang, streaming, partial, breaks = false } = props;
  const text = withUnixLines(props.text);
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
          breaks={breaks}
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
  breaks: boolean;
}

const Block = memo(function Block(props: BlockProps) {
  const { text, note, open, growing, partial, breaks } = props;
  const fence = fenceOf(text, open);
  if (fence) return <CodeBlock {...fence} open={open && growing} />;
  if (!isReadable(text)) return <PlainBlock text={text} />;
  return (
    <Reading text={text}>
      <MarkdownBlock
        text={`${partial ? closedMarks(text, growing) : text}${note && `\n\n${note}`}`}
        open={open && growing}
        partial={partial}
        breaks={breaks}
      />
    </Reading>
  );
});
