const LONGEST = 28;

/** A title short enough to stand in a sentence, cut between characters. */
export function shorten(title: string): string {
  const characters = [...title];
  return characters.length > LONGEST
    ? `${characters
        .slice(0, LONGEST - 1)
        .join("")
        .trimEnd()}…`
    : title;
}
