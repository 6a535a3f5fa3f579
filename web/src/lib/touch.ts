/** Whether fingers are what points here: then the keyboard is on the screen, and has no Escape. */
export const isTouch = () => matchMedia("(pointer: coarse)").matches;
