import { useMemo, useRef, useState } from "react";
import { languageOf } from "../lib/language";
import { useGlide } from "../live/useGlide";
import { Markdown } from "../markdown/LazyMarkdown";

interface LiveTextProps {
  text: string;
  /** Whether more text will arrive. */
  live: boolean;
  /** Whether the text may end anywhere. */
  partial: boolean;
  /** Whether it is the text of an attempt that was lost, shown until the next one has as much. */
  lost: boolean;
}

/** The text of a reply, which appears evenly while it grows, with a caret at its end. */
export function LiveText({ text, live, partial, lost }: LiveTextProps) {
  const [root, setRoot] = useState<HTMLElement | null>(null);
  const caret = useRef<HTMLElement>(null);
  const beginning = text.slice(0, 600);
  const lang = useMemo(() => languageOf(beginning), [beginning]);
  const wasLost = useRef(false);
  wasLost.current ||= lost;
  useGlide(root, caret, { text, live: live && !lost, isRead: wasLost.current });
  return (
    <>
      <Markdown
        host={live ? setRoot : undefined}
        text={text}
        lang={lang}
        streaming={live}
        partial={partial}
        lost={lost}
      />
      {live && !lost && <i className="caret" ref={caret} aria-hidden="true" />}
    </>
  );
}
