import { createContext } from "react";

/** The Markdown source of the block that is drawn: what the places of its elements refer to. */
export const BlockSource = createContext("");
