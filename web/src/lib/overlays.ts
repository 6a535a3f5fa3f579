/** Whether a dialog or a menu lies over the page, so that keys are meant for it. */
export const isOverlaid = () => document.querySelector("dialog[open], :popover-open") !== null;
