/** Whether the device is a touch screen, with an on-screen keyboard that has no Escape. */
export const isTouch = () => matchMedia("(pointer: coarse)").matches;

/** Keys that on-screen keyboards do not have, or do not report. */
const HARDWARE = new Set(["Alt", "CapsLock", "Control", "Escape", "Meta", "Tab"]);

let keyboardSeen = false;

/** Notes that there is a keyboard once a key is pressed that only keyboards have. */
export function noteKey({ key }: Pick<KeyboardEvent, "key">): void {
  keyboardSeen ||= HARDWARE.has(key);
}

addEventListener("keydown", noteKey, { capture: true, passive: true });

/** Whether a keyboard is known to be there: not on a touch screen alone, but where it has a mouse or a trackpad too. */
export const hasKeyboard = () =>
  !isTouch() || keyboardSeen || matchMedia("(any-pointer: fine)").matches;
