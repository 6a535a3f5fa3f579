import type { MouseEvent, ReactNode } from "react";
import { useI18n } from "../i18n/useI18n";
import { BackIcon } from "./icons";

/** Part of the HTML syntax tree (hast) that is read and changed here. */
interface Element {
  type: string;
  tagName?: string;
  properties?: Record<string, unknown>;
  children?: Element[];
}

/** A rehype plugin that removes the English heading of footnotes; their section has a name instead. */
export function footnotes() {
  return (tree: Element) => {
    for (const section of tree.children ?? [])
      if (section.properties?.dataFootnotes)
        section.children = section.children?.filter(({ tagName }) => tagName !== "h2") ?? [];
  };
}

/** Moves the focus to the element that a link within a message leads to, and leaves the page's address as it is. */
function goTo(target: string): void {
  const element = document.getElementById(target);
  if (!element) return;
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}

interface FootnoteLinkProps {
  href: string;
  id?: string | undefined;
  back: boolean;
  children?: ReactNode;
}

/** The number of a footnote, or the way back to it. A button, because it leads to no address. */
export function FootnoteLink({ href, id, back, children }: FootnoteLinkProps) {
  const { t } = useI18n();
  const target = decodeURIComponent(href.slice(1));
  const label = back ? t.backToText : `${t.footnote} ${String(children)}`;
  return (
    <button
      type="button"
      id={id}
      className={back ? "footnote-back" : "footnote-mark"}
      aria-label={label}
      title={label}
      onClick={(event: MouseEvent) => {
        event.preventDefault();
        goTo(target);
      }}
    >
      {back ? <BackIcon size={14} /> : children}
    </button>
  );
}

export function Footnotes({ children }: { children?: ReactNode }) {
  const { t } = useI18n();
  return (
    <section className="footnotes" aria-label={t.footnotes}>
      {children}
    </section>
  );
}
