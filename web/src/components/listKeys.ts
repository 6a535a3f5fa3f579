import type { KeyboardEvent } from "react";

const MENU = ".session > button";
const ITEMS = ".session > a, .session input, .found > a";
const FIELD = "[data-testid=search]";

/**
 * Moves the focus between the search field and the list below it: arrows, Home, End, Escape; Enter opens the first.
 * The arrows to the right and left lead from a row to its menu and back.
 */
export function moveInList(event: KeyboardEvent<HTMLElement>): void {
  const { currentTarget: list, key } = event;
  if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = list.querySelector<HTMLInputElement>(FIELD);
  const items = [...list.querySelectorAll<HTMLElement>(ITEMS)];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const inField = document.activeElement === field;
  const menu = document.activeElement?.matches(MENU) ? document.activeElement : null;
  if (at < 0 && !inField && !menu) return;
  const target = menu
    ? fromMenu(key, menu)
    : inField
      ? fromField(key, items)
      : fromItem(key, items, at, field);
  if (!target) return;
  event.preventDefault();
  event.stopPropagation();
  if (inField && key === "Enter") target.click();
  else target.focus();
}

const fromMenu = (key: string, menu: Element) =>
  key === "ArrowLeft" ? menu.closest(".session")?.querySelector<HTMLElement>("a") : undefined;

const fromField = (key: string, items: HTMLElement[]) =>
  key === "ArrowDown" || key === "Enter" ? items[0] : undefined;

function fromItem(key: string, items: HTMLElement[], at: number, field: HTMLElement | null) {
  switch (key) {
    case "ArrowDown":
      return items[at + 1];
    case "ArrowUp":
      return items[at - 1] ?? field;
    case "Home":
      return items[0];
    case "End":
      return items.at(-1);
    case "ArrowRight":
      return items[at]?.closest(".session")?.querySelector<HTMLElement>(MENU);
    case "Escape":
      return field;
    default:
      return undefined;
  }
}
