import { createContext } from "react";

/**
 * Whether nothing can be asked, changed or removed now. A context, because it changes with each reply: only what shows it
 * is rendered again, not all messages.
 */
export const Busy = createContext(false);
