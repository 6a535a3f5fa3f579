import { createContext } from "react";

/** True inside a block that ends within an open fence or formula, which will grow. */
export const BlockOpen = createContext(false);
