export interface Part {
  text: string;
  marked: boolean;
}

/** Divides a text into marked and other parts. `ranges`: begin and end of each mark in UTF-16 units, in order. */
export function markedParts(text: string, ranges: readonly (readonly number[])[]): Part[] {
  const parts: Part[] = [];
  let end = 0;
  const add = (from: number, to: number, marked: boolean) => {
    if (to > from) parts.push({ text: text.slice(from, to), marked });
  };
  for (const [begin = 0, stop = 0] of ranges) {
    const start = Math.max(begin, end);
    if (stop <= start || stop > text.length) continue;
    add(end, start, false);
    add(start, stop, true);
    end = stop;
  }
  add(end, text.length, false);
  return parts;
}
