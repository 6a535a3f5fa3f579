import { createContext } from "react";

/** True inside a block that ends in the middle of a fence or formula: more of it is coming. */
export const BlockOpen = createContext(false);
