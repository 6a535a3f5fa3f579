import { preference } from "../state/preferences";

/** Whether things may move: neither the system nor the reader wants less motion. */
export const isMoving = () =>
  preference("motion") !== "less" && !matchMedia("(prefers-reduced-motion: reduce)").matches;
