import { isTouch } from "./pointer";

const find = (selector: string) => document.querySelector<HTMLElement>(selector);

const linkOf = (sessionId: string) => find(`.session > a[href="/s/${CSS.escape(sessionId)}"]`);

/** Runs after the next rendering, because the element that gets the focus may not exist before. */
const soon = (focus: () => void) => void setTimeout(focus);

/**
 * Focuses an element before the next key is handled, after the rendering of what the same key or click has changed. A
 * timer would be too late: a busy browser handles keys first, which then write elsewhere. An element that cannot take
 * the focus yet gets it after the next rendering.
 */
const promptly = (element: () => HTMLElement | null | undefined) =>
  queueMicrotask(() => {
    const now = element();
    now?.focus();
    if (!now || now !== document.activeElement) soon(() => element()?.focus());
  });

export const focusComposer = () => promptly(() => find("[data-testid=composer]"));

/**
 * Restores the focus after an action whose button disappears. On a touch screen the conversation gets it, because
 * the composer would open the keyboard over the conversation.
 */
export const focusBack = () =>
  soon(() => {
    find(isTouch() ? "[data-testid=log]" : "[data-testid=composer]")?.focus({
      preventScroll: true,
    });
  });

/** Focuses the button that removes the file at this place of the draft, or the last one; otherwise the composer. */
export const focusDraftFile = (index: number) =>
  soon(() => {
    const buttons = [...document.querySelectorAll<HTMLElement>("[data-testid=remove-file]")];
    const button = buttons[index] ?? buttons.at(-1);
    if (button) button.focus();
    else focusBack();
  });

/** Focuses the edit button of a question after its editor is closed. */
export const focusEdit = (messageId: string) =>
  soon(() => find(`[data-message-id="${CSS.escape(messageId)}"] [data-testid=edit]`)?.focus());

/** Focuses the first field or button of the first open question about a call. Returns false if there is none. */
export function focusQuestion(): boolean {
  const panel = find("[data-testid=approval]");
  const first = [
    ".form :is(input, select, textarea)",
    ".question-buttons :is(button, a)",
    "input",
  ].map((selector) => panel?.querySelector<HTMLElement>(selector));
  const element = first.find(Boolean);
  if (element) promptly(() => element);
  return Boolean(element);
}

export const focusSearch = () => promptly(() => find("[data-testid=search]"));

/** Focuses the row of the list at which Tab stops, or the button above the list. */
export const focusList = () =>
  promptly(() => find(".session > a[tabindex='0']") ?? find("[data-testid=new-chat]"));

export const focusSession = (sessionId: string) => soon(() => linkOf(sessionId)?.focus());

/** Moves the focus from a row that will be removed to the next or previous row, or to the button above. */
export function focusNeighbour(sessionId: string): void {
  const links = [...document.querySelectorAll<HTMLElement>(".session > a")];
  const at = links.findIndex((link) => link.getAttribute("href") === `/s/${sessionId}`);
  if (at < 0) return;
  (links[at + 1] ?? links[at - 1] ?? find("[data-testid=new-chat]"))?.focus();
}

export const messageElement = (messageId: string) =>
  messageId ? find(`[data-message-id="${CSS.escape(messageId)}"]`) : null;

/** Whether the focus is in a message, or nowhere, as after a click in browsers that do not focus buttons. */
export function isFocusIn(messageId: string): boolean {
  const at = document.activeElement;
  return at === document.body || (messageElement(messageId)?.contains(at) ?? false);
}

/** Focuses a button of a message without scrolling. Returns false if there is none. */
export function focusInMessage(messageId: string, testId: string): boolean {
  const button = messageElement(messageId)?.querySelector<HTMLElement>(`[data-testid=${testId}]`);
  button?.focus({ preventScroll: true });
  return button !== undefined && button !== null;
}

/** Focuses a button of a waiting question. */
export const focusInWaiting = (turnId: string, testId: string) =>
  soon(() => find(`[data-turn-id="${CSS.escape(turnId)}"] [data-testid=${testId}]`)?.focus());
