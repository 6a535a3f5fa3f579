import { isTouch } from "./touch";

const find = (selector: string) => document.querySelector<HTMLElement>(selector);

const linkOf = (sessionId: string) => find(`.session > a[href="/s/${CSS.escape(sessionId)}"]`);

/** After what is about to be drawn: the place that takes the focus may not be there before. */
const soon = (focus: () => void) => void setTimeout(focus);

export const focusComposer = () => soon(() => find("[data-testid=composer]")?.focus());

/**
 * After an action whose own button goes away. On a touch screen the composer would open the keyboard over the
 * conversation, so there the conversation itself has the focus.
 */
export const focusBack = () =>
  soon(() => {
    find(isTouch() ? "[data-testid=log]" : "[data-testid=composer]")?.focus({
      preventScroll: true,
    });
  });

/** The button that edits a question, once its editor is closed. */
export const focusEdit = (messageId: string) =>
  soon(() => find(`[data-message-id="${CSS.escape(messageId)}"] [data-testid=edit]`)?.focus());

export const focusSearch = () => soon(() => find("[data-testid=search]")?.focus());

export const focusSession = (sessionId: string) => soon(() => linkOf(sessionId)?.focus());

/** A row is about to go: the next one has the focus then, or the one before, or the button above them. */
export function focusBeside(sessionId: string): void {
  const links = [...document.querySelectorAll<HTMLElement>(".session > a")];
  const at = links.findIndex((link) => link.getAttribute("href") === `/s/${sessionId}`);
  if (at < 0) return;
  (links[at + 1] ?? links[at - 1] ?? find("[data-testid=new-chat]"))?.focus();
}
