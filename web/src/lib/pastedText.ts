/** Characters from which on a pasted text becomes a file, because it would fill the composer. */
export const LONG_PASTE = 4_000;

/** The files that were made of a text, with the place in the composer at which it was pasted. */
const places = new WeakMap<File, number>();

/** Makes a file of a text that was pasted at a place of the composer. `taken`: the names of the other files. */
export function pastedFile(
  text: string,
  at: number,
  nameOf: (number: number) => string,
  taken: readonly string[],
): File {
  let number = 1;
  while (taken.includes(nameOf(number))) number += 1;
  const file = new File([text], nameOf(number), { type: "text/plain" });
  places.set(file, at);
  return file;
}

export const isPastedText = (file: File | undefined) => file !== undefined && places.has(file);

/** Returns the text with that of the file back where it was pasted, or at the end of a shorter text. */
export async function withPasted(text: string, file: File): Promise<string> {
  const at = Math.min(places.get(file) ?? text.length, text.length);
  return text.slice(0, at) + (await file.text()) + text.slice(at);
}
