import { Fragment, type ReactNode, useEffect, useState } from "react";

/** What lowlight returns, as far as it is used here. */
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

/** Colouring more than this would hold the page up. */
const LONGEST = 20_000;

/** Plain until its fence is closed and the colours have been fetched; neither moves a letter. */
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
