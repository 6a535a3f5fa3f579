import { common, createLowlight } from "lowlight";
import { type Coloured, coloured } from "./segments";

/** The highlighter with about 40 languages, loaded with the first code block. */
const lowlight = createLowlight(common);

export type Colouring = (code: string, before?: Coloured) => Coloured;

/** Returns what colours code of a language; null if it is not known. */
export function colouringOf(language: string): Colouring | null {
  if (!lowlight.registered(language)) return null;
  const colour = (code: string) => lowlight.highlight(language, code).children;
  return (code, before) => coloured(code, colour, before);
}
