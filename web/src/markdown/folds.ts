/** What comes after so many characters is read block by block again, even if the end has not come. */
export const LONGEST_FOLD = 20_000;

const OPENING = /^ {0,3}<details(?:\s+open)?\s*>/i;
const TAGS = /<(\/?)details(?:\s+open)?\s*>/gi;

/** Returns how many `<details>` are open after a line. `open`: before it. Outside of one, a line must begin with it. */
export function foldsIn(line: string, open: number): number {
  if (open === 0 && !OPENING.test(line)) return 0;
  let depth = open;
  for (const [, slash] of line.matchAll(TAGS)) depth = Math.max(0, depth + (slash ? -1 : 1));
  return depth;
}
