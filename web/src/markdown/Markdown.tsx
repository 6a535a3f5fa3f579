import { memo, type RefObject, useCallback, useRef } from "react";
import { type PlacedBlock, withHeld } from "../live/held";
import { useHeldEnd } from "../live/useHeldEnd";
import { type Blocks, cut, NO_BLOCKS } from "./blocks";
import { CodeBlock } from "./CodeBlock";
import { fenceOf } from "./fence";
import { MarkdownBlock } from "./MarkdownBlock";
import { isReadable, PlainBlock, Reading } from "./PlainBlock";
import { TextGrows } from "./textGrows";
import { closedMarks } from "./unfinished";

interface MarkdownProps {
  text: string;
  lang?: string | undefined;
  /** Whether more text will arrive. */
  streaming?: boolean;
  /** Whether the text may end anywhere, so that open marks at its end are closed. */
  partial?: boolean;
  /** Whether each line break of the text is one on the page, as in what a person typed. */
  breaks?: boolean;
  /** Whether another text will replace it. */
  lost?: boolean;
  /** Gets the element that holds the blocks, and null when it goes. */
  host?: ((element: HTMLElement | null) => void) | undefined;
}

const withUnixLines = (text: string) => (text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text);

/**
 * Renders a reply block by block. Only the last block of a growing text is parsed again: the others are the same
 * strings, so React skips their components.
 */
export const Markdown = memo(function Markdown(props: MarkdownProps) {
  const { lang, streaming = false, partial = false, lost = false, breaks = false } = props;
  const text = withUnixLines(props.text);
  const root = useRef<HTMLDivElement>(null);
  const { host } = props;
  const take = useCallback(
    (element: HTMLDivElement | null) => {
      root.current = element;
      host?.(element);
    },
    [host],
  );
  const grows = useRef(streaming);
  grows.current = streaming;
  const before = useRef<Blocks>(NO_BLOCKS);
  // The last line of a growing text is incomplete; that of a finished text is complete.
  const cutNow = cut(partial ? text : `${text}\n`, before.current);
  before.current = cutNow;
  const { pieces, open } = cutNow;
  const last = pieces.length - 1;
  const blocks = pieces.map((piece, index) => ({
    ...piece,
    index,
    open: index === last && open,
    growing: index === last && streaming,
    partial: index === last && !open && partial,
  }));
  const shown = useHeld(root, blocks, streaming);
  return (
    <TextGrows value={grows}>
      <div className={classOf(streaming, lost)} lang={lang} ref={take}>
        {groupsOf(shown).map((group) => (
          <Group key={placeOf(group[0])} blocks={group} breaks={breaks} />
        ))}
      </div>
    </TextGrows>
  );
});

function classOf(streaming: boolean, lost: boolean): string {
  if (lost) return "markdown lost";
  return streaming ? "markdown streaming" : "markdown";
}

/** Returns the blocks to show: one that holds a selection as it was, and what has been added to it behind it. */
function useHeld(
  host: RefObject<Element | null>,
  blocks: readonly PlacedBlock[],
  streaming: boolean,
): readonly PlacedBlock[] {
  const holds = useHeldEnd(host, streaming);
  const rendered = useRef<PlacedBlock | undefined>(undefined);
  const held = useRef<PlacedBlock | undefined>(undefined);
  held.current = holds ? (held.current ?? rendered.current) : undefined;
  const shown = held.current ? withHeld(blocks, held.current) : blocks;
  rendered.current = shown.at(-1);
  return shown;
}

/** Blocks that are skipped together. */
const GROUP = 16;

const placeOf = (block: PlacedBlock | undefined) => Math.floor((block?.index ?? 0) / GROUP);

function groupsOf(blocks: readonly PlacedBlock[]): PlacedBlock[][] {
  const groups: PlacedBlock[][] = [];
  for (const block of blocks) {
    const last = groups.at(-1);
    if (last && placeOf(last[0]) === placeOf(block)) last.push(block);
    else groups.push([block]);
  }
  return groups;
}

interface GroupProps {
  blocks: readonly PlacedBlock[];
  breaks: boolean;
}

const isSameBlock = (one: PlacedBlock, other: PlacedBlock | undefined) =>
  other !== undefined &&
  (Object.keys(one) as (keyof PlacedBlock)[]).every((field) => one[field] === other[field]);

/** A part of the blocks. Without it, React would look at each block of a long reply for each delta. */
const Group = memo(
  ({ blocks, breaks }: GroupProps) =>
    blocks.map(({ index, ...block }) => <Block key={index} {...block} breaks={breaks} />),
  (one, other) =>
    one.breaks === other.breaks &&
    one.blocks.length === other.blocks.length &&
    one.blocks.every((block, at) => isSameBlock(block, other.blocks[at])),
);

interface BlockProps extends Omit<PlacedBlock, "index"> {
  breaks: boolean;
}

/** Matches what is between two blocks: to parse it costs as much as a short paragraph. */
const BLANK = /^[ \t\n]*$/;

const Block = memo(function Block(props: BlockProps) {
  const { text, note, open, growing, partial, breaks } = props;
  if (BLANK.test(text)) return null;
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
