import type { ReactNode } from "react";
import { Formula } from "./Formula";

/** Up to so many characters a piece of code goes to the next line as a whole: a phone's line has about 40. */
const LONGEST_WHOLE = 20;

interface InlineCodeProps {
  className?: string;
  children?: ReactNode;
}

/** Code within a line, or a formula that Markdown gives as such. */
export function InlineCode({ className, children }: InlineCodeProps) {
  if (className?.includes("math-inline")) return <Formula source={String(children ?? "")} />;
  if (typeof children !== "string") return <code className={className}>{children}</code>;
  if (children.length <= LONGEST_WHOLE) return <code className="whole">{children}</code>;
  return <code>{wordsOf(children)}</code>;
}

const isWhole = (word: string) => word.length <= LONGEST_WHOLE && word.trim() !== "";

/** Browsers break lines after `-`, `?`, `|` and others; in code that would divide `->` or `--flag`. */
const wordsOf = (code: string) =>
  code.split(/(\s+)/).map((word, position) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: text only grows at its end
    <span key={position} className={isWhole(word) ? "whole" : undefined}>
      {word}
    </span>
  ));
