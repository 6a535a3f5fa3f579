import { preference } from "../state/preferences";

/** Whether the reader wants less motion, by the system's setting or by the page's. */
export const movesLess = () =>
  preference("motion") === "less" || matchMedia("(prefers-reduced-motion: reduce)").matches;
