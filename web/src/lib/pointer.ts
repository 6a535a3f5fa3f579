/** Whether the device is a touch screen, with an on-screen keyboard that has no Escape. */
export const isTouch = () => matchMedia("(pointer: coarse)").matches;
