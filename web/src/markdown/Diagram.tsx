import {
  type CSSProperties,
  lazy,
  memo,
  type ReactNode,
  Suspense,
  useEffect,
  useState,
} from "react";
import { CopyButton } from "../components/ui/CopyButton";
import { IconButton } from "../components/ui/IconButton";
import { useI18n } from "../i18n/useI18n";
import { useDarkness } from "../state/useTheme";
import type { Drawing } from "./draw";
import { ExpandIcon } from "./icons";
import { ScrollBox } from "./ScrollBox";

const LargeDiagram = lazy(() => import("./LargeDiagram"));

interface DiagramProps {
  source: string;
  /** Shown until the diagram is drawn, or if it cannot be drawn. */
  otherwise: ReactNode;
}

type Drawn = Drawing & { dark: boolean };

/** Draws a diagram for the page's theme. Returns null until then, or if it cannot be drawn. */
function useDrawing(source: string): Drawn | null {
  const dark = useDarkness();
  const [drawing, setDrawing] = useState<Drawn | null>(null);
  useEffect(() => {
    let wanted = true;
    import("./draw")
      .then(({ draw }) => draw(source, dark))
      .then(
        (drawn) => wanted && setDrawing({ ...drawn, dark }),
        () => wanted && setDrawing(null),
      );
    return () => {
      wanted = false;
    };
  }, [source, dark]);
  return drawing;
}

/** A Mermaid diagram as an image, which runs no scripts, has no links and fetches nothing. */
export const Diagram = memo(
  function Diagram({ source, otherwise }: DiagramProps) {
    const { t } = useI18n();
    const drawing = useDrawing(source);
    const [large, setLarge] = useState(false);

    if (!drawing) return otherwise;
    return (
      <figure className="diagram">
        <figcaption>
          <span>{t.diagram}</span>
          <IconButton
            label={t.enlarge}
            className="small"
            testId="enlarge-diagram"
            onClick={() => setLarge(true)}
          >
            <ExpandIcon />
          </IconButton>
          <CopyButton label={t.copySource} text={() => source} testId="copy-code" />
        </figcaption>
        <ScrollBox label={t.diagram}>
          <img
            src={drawing.address}
            width={drawing.width}
            height={drawing.height}
            style={{ "--natural-width": `${drawing.width}px` } as CSSProperties}
            data-dark={drawing.dark}
            alt={source}
          />
        </ScrollBox>
        {large && (
          <Suspense>
            <LargeDiagram drawing={drawing} source={source} onClose={() => setLarge(false)} />
          </Suspense>
        )}
      </figure>
    );
  },
  (one, other) => one.source === other.source,
);
