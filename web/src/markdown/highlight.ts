import { common, createLowlight } from "lowlight";

/** The highlighter with about 40 languages, loaded with the first finished code block. */
export const lowlight = createLowlight(common);
