import { Fragment, type ReactNode } from "react";

const GROUP = 24;

export const group = (place: number, drawn: ReactNode[]) => (
  <Fragment key={place}>{drawn}</Fragment>
);

/**
 * When a delta arrives, React skips full groups as a whole instead of each entry. `base` is the position of
 * the first entry, so that each entry stays in its group when earlier ones are loaded.
 */
export function grouped(drawn: ReactNode[], base: number) {
  const full: ReactNode[] = [];
  let next = Math.floor(base / GROUP);
  let start = 0;
  for (let end = (next + 1) * GROUP - base; end <= drawn.length; end += GROUP) {
    full.push(group(next++, drawn.slice(start, end)));
    start = end;
  }
  return { full, next, rest: drawn.slice(start) };
}

/** Rows that are drawn whole although they may be far from what is visible. */
const AT_ONCE = 8;

/** Returns how many of the first rows are probably far away: of a history that has come, all but the last ones. */
export const farAmong = (rows: number, before: number) =>
  rows > before + AT_ONCE ? rows - AT_ONCE : 0;
