import { createContext } from "react";

/**
 * Whether the text around a block grows. An object that stays the same and is read in a rendering: with a value that
 * changes, the end of a reply would render all of its blocks again.
 */
export const TextGrows = createContext<{ readonly current: boolean }>({ current: false });
