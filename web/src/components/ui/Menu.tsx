import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";
import { placePopover } from "./popoverPosition";

interface MenuProps {
  label: string;
  trigger: ReactNode;
  className?: string;
  testId?: string;
  align?: "start" | "end";
  /** Whether Tab stops at the button; otherwise other keys lead to it. */
  tabStop?: boolean;
  children: ReactNode;
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

function moveFocus(event: KeyboardEvent<HTMLElement>) {
  // Closing returns the focus to the button, so that Tab continues there.
  if (event.key === "Tab") return event.currentTarget.hidePopover();
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const step = STEPS[event.key];
  const next =
    event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : step ? at + step : null;
  if (next === null) return;
  event.preventDefault();
  items.at(next % items.length)?.focus();
}

/** A button with a menu in the top layer; the browser's popover closes it on Escape or a click elsewhere. */
export function Menu(props: MenuProps) {
  const { label, trigger, className, testId, align = "start", tabStop = true, children } = props;
  const id = useId();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);

  const onToggle = (event: { newState: string }) => {
    if (event.newState !== "open" || !panel.current || !button.current) return;
    placePopover(panel.current, button.current, align);
    const checked = panel.current.querySelector<HTMLElement>("[aria-checked=true]");
    (checked ?? panel.current.querySelector<HTMLElement>("[role^=menuitem]"))?.focus();
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        popoverTarget={id}
        tabIndex={tabStop ? undefined : -1}
        data-testid={testId}
      >
        {trigger}
      </button>
      <div
        ref={panel}
        id={id}
        className="menu"
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        onBeforeToggle={(event) => setOpen(event.newState === "open")}
        onToggle={onToggle}
        onKeyDown={moveFocus}
        onClick={() => panel.current?.hidePopover()}
      >
        {open && children}
      </div>
    </>
  );
}
