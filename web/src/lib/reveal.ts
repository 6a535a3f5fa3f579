import { messageElement } from "./focus";

/** Milliseconds for which a found message is marked. */
const MARKED_FOR = 2_600;

/** Scrolls a message into the middle of the box, or its beginning to the top, marks it for a moment, and focuses it. */
export function reveal(box: HTMLElement, messageId: string): void {
  const scroll = () => {
    const row = messageElement(messageId);
    const fits = (row?.offsetHeight ?? 0) < box.clientHeight;
    row?.scrollIntoView({ block: fits ? "center" : "start", behavior: "instant" });
  };
  const row = messageElement(messageId);
  if (!row) return;
  box.style.overflowAnchor = "none";
  scroll();
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.dataset.found = "";
  setTimeout(() => delete row.dataset.found, MARKED_FOR);
  // Rows that have just come are laid out whole in the next frame only.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      scroll();
      box.style.overflowAnchor = "";
    }),
  );
}
