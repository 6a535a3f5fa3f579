const LONGEST = 28;

/** Shortens a title for use in a sentence, without splitting characters. */
export function shorten(title: string): string {
  const characters = [...title];
  return characters.length > LONGEST
    ? `${characters
        .slice(0, LONGEST - 1)
        .join("")
        .trimEnd()}…`
    : title;
}
