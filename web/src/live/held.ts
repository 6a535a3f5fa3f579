import type { Piece } from "../markdown/definitions";

/** A block of a text and how it is rendered. */
export interface PlacedBlock extends Piece {
  /** Its place among the blocks; between two places for what has been added to a held one. */
  index: number;
  /** Whether it ends inside a code fence or a formula that is not closed yet. */
  open: boolean;
  growing: boolean;
  /** Whether it may end anywhere. */
  partial: boolean;
}

const FENCE = /^(`{3,}|~{3,})[^\n]*\n/;

/**
 * Returns what has been added to a held block, as a text of its own: code if it was added to code. Null if the block has
 * become another one, so that it cannot be held.
 */
export function addedTo(held: Pick<PlacedBlock, "text" | "open">, now: string): string | null {
  if (!now.startsWith(held.text)) return null;
  const added = now.slice(held.text.length);
  if (added.trim() === "") return "";
  const [opening = "", marks] = (held.open && FENCE.exec(held.text)) || [];
  if (added.trim() === marks) return "";
  return opening + (opening ? added.replace(/^\n/, "") : added);
}

/** Returns the blocks with one as it was when a selection reached it, followed by what has been added to it. */
export function withHeld(
  blocks: readonly PlacedBlock[],
  held: PlacedBlock,
): readonly PlacedBlock[] {
  const now = blocks.find(({ index }) => index === held.index);
  const text = now && addedTo(held, now.text);
  if (!now || text == null) return blocks;
  const rest = text === "" ? [] : [{ ...now, text, index: held.index + 0.5 }];
  return blocks.flatMap((block) => (block === now ? [held, ...rest] : [block]));
}
