import { useEffect, useRef, useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import { type Dropped, filesIn, hasFiles } from "../../lib/droppedFiles";
import { isOverlaid } from "../../lib/overlays";
import { ClipIcon } from "../ui/icons";

/** Milliseconds without an event of a drag after which it has left the page: browsers do not always say so. */
const LEFT_AFTER = 1_000;

interface DropZoneProps {
  onDrop: (dropped: Dropped) => void;
}

/** Takes files that are dropped anywhere on the page, and covers the conversation while they are dragged. */
export function DropZone({ onDrop }: DropZoneProps) {
  const { t } = useI18n();
  const over = useDrag(onDrop);
  if (!over) return null;
  return (
    <div className="drop-zone" data-testid="drop-zone">
      <div>
        <ClipIcon size={28} />
        <p>{t.dropFiles}</p>
        <small>{t.dropHint}</small>
      </div>
    </div>
  );
}

function useDrag(onDrop: (dropped: Dropped) => void): boolean {
  const [over, setOver] = useState(false);
  const handle = useRef(onDrop);
  handle.current = onDrop;

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = () => {
      clearTimeout(timer);
      setOver(false);
    };
    const onDragOver = (event: DragEvent) => {
      const { dataTransfer: data } = event;
      if (!data || !hasFiles(data) || event.defaultPrevented) return;
      // Without this the browser would open the file in place of the page.
      event.preventDefault();
      const free = !isOverlaid();
      data.dropEffect = free ? "copy" : "none";
      if (free) setOver(true);
      clearTimeout(timer);
      timer = setTimeout(leave, LEFT_AFTER);
    };
    const onDragLeave = (event: DragEvent) => event.relatedTarget === null && leave();
    const onDropped = (event: DragEvent) => {
      const { dataTransfer: data } = event;
      leave();
      if (!data || !hasFiles(data) || event.defaultPrevented) return;
      event.preventDefault();
      if (!isOverlaid()) handle.current(filesIn(data));
    };
    const listeners = { dragover: onDragOver, dragleave: onDragLeave, drop: onDropped };
    for (const [name, listener] of Object.entries(listeners))
      window.addEventListener(name, listener as EventListener);
    return () => {
      clearTimeout(timer);
      for (const [name, listener] of Object.entries(listeners))
        window.removeEventListener(name, listener as EventListener);
    };
  }, []);
  return over;
}
