/** Whether a dialog or a menu is open, which then handles keys. */
export const isOverlaid = () => document.querySelector("dialog[open], :popover-open") !== null;
