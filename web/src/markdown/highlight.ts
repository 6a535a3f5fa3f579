import { common, createLowlight } from "lowlight";

/** Loaded with the first finished code block; about 40 languages. */
export const lowlight = createLowlight(common);
