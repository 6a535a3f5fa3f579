import { type CSSProperties, type ReactNode, useRef } from "react";
import { IconButton } from "../components/ui/IconButton";
import { DownloadIcon } from "../components/ui/icons";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import type { Drawing } from "./draw";
import { FitIcon, ZoomInIcon, ZoomOutIcon } from "./icons";
import { LargeView } from "./LargeView";
import { savePng, saveSvg } from "./saveDrawing";
import { useZoom } from "./useZoom";
import { byKey, FITTED, zoomedIn, zoomedOut } from "./zoom";

interface LargeDiagramProps {
  drawing: Drawing;
  source: string;
  onClose: () => void;
}

interface SaveProps {
  label: string;
  children: ReactNode;
  testId: string;
  onClick: () => void;
}

function Save({ label, children, testId, onClick }: SaveProps) {
  return (
    <button
      type="button"
      className="button small"
      aria-label={label}
      data-testid={testId}
      onClick={onClick}
    >
      <DownloadIcon size={16} />
      {children}
    </button>
  );
}

/** A diagram as large as the window. Wheel, fingers and keys zoom and move it. */
export default function LargeDiagram({ drawing, source, onClose }: LargeDiagramProps) {
  const { t } = useI18n();
  const stage = useRef<HTMLDivElement>(null);
  const { view, setView, handlers } = useZoom(stage);
  const ground = () => (stage.current ? getComputedStyle(stage.current).backgroundColor : "white");
  const tools = (
    <>
      <IconButton label={t.zoomOut} testId="zoom-out" onClick={() => setView(zoomedOut)}>
        <ZoomOutIcon size={18} />
      </IconButton>
      <output className="zoom-scale" aria-live="polite">
        {Math.round(view.scale * 100)} %
      </output>
      <IconButton label={t.zoomIn} testId="zoom-in" onClick={() => setView(zoomedIn)}>
        <ZoomInIcon size={18} />
      </IconButton>
      <IconButton label={t.fit} testId="zoom-fit" onClick={() => setView(FITTED)}>
        <FitIcon size={18} />
      </IconButton>
      <Save label={t.downloadSvg} testId="save-svg" onClick={() => saveSvg(t.diagramFile, drawing)}>
        SVG
      </Save>
      <Save
        label={t.downloadPng}
        testId="save-png"
        onClick={() => {
          savePng(t.diagramFile, drawing, ground()).catch(() => announce(t.saveFailed));
        }}
      >
        PNG
      </Save>
    </>
  );
  return (
    <LargeView
      title={t.diagram}
      tools={tools}
      onClose={onClose}
      onKeyDown={(event) => {
        const change = event.ctrlKey || event.metaKey ? undefined : byKey(event.key);
        if (!change) return;
        event.preventDefault();
        setView(change);
      }}
    >
      <div
        ref={stage}
        className="diagram-stage"
        style={
          {
            "--zoom": view.scale,
            "--zoom-x": `${view.x}px`,
            "--zoom-y": `${view.y}px`,
          } as CSSProperties
        }
        {...handlers}
      >
        <img
          src={drawing.address}
          width={drawing.width}
          height={drawing.height}
          alt={source}
          draggable={false}
        />
      </div>
      <p className="large-view-hint">{t.zoomHint}</p>
    </LargeView>
  );
}
