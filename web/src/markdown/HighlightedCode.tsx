import { Fragment, type ReactNode, useEffect, useState } from "react";

/** The part of lowlight's result that is used here. */
interface Piece {
  type: string;
  value?: string;
  properties?: { className?: unknown };
  children?: Piece[];
}

function drawn(piece: Piece, key: number): ReactNode {
  if (piece.type === "text") return <Fragment key={key}>{piece.value}</Fragment>;
  const names = piece.properties?.className;
  return (
    <span key={key} className={Array.isArray(names) ? names.join(" ") : undefined}>
      {piece.children?.map(drawn)}
    </span>
  );
}

interface HighlightedCodeProps {
  code: string;
  language: string;
  unfinished: boolean;
}

/** Highlighting longer code would block the page. */
const LONGEST = 20_000;

/** Code, plain until its fence is closed and the highlighter is loaded. Highlighting does not change the layout. */
export function HighlightedCode({ code, language, unfinished }: HighlightedCodeProps) {
  const [pieces, setPieces] = useState<{ of: string; children: Piece[] } | null>(null);

  useEffect(() => {
    if (unfinished || !language || code.length > LONGEST) return;
    let wanted = true;
    import("./highlight").then(({ lowlight }) => {
      if (!wanted || !lowlight.registered(language)) return;
      setPieces({ of: code, children: lowlight.highlight(language, code).children as Piece[] });
    }, console.warn);
    return () => {
      wanted = false;
    };
  }, [code, language, unfinished]);

  return <code>{pieces?.of === code ? pieces.children.map(drawn) : code}</code>;
}
