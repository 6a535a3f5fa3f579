import { useEffect, useRef, useState } from "react";
import { FileIcon } from "./FileIcon";

/** Pixels of each side: twice what is shown, for dense screens. */
const SIDE = 128;

/**
 * The middle of a picture that is on this device. A canvas, because the page's security policy takes pictures from the
 * server alone.
 */
export function LocalPicture({ file }: { file: File }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    let wanted = true;
    drawMiddle(file, () => (wanted ? canvas.current : null)).catch(() => setFailed(true));
    return () => {
      wanted = false;
    };
  }, [file]);

  if (failed) return <FileIcon name={file.name} picture />;
  return <canvas ref={canvas} width={SIDE} height={SIDE} />;
}

async function drawMiddle(file: File, target: () => HTMLCanvasElement | null): Promise<void> {
  const picture = await createImageBitmap(file);
  const side = Math.min(picture.width, picture.height);
  const left = (picture.width - side) / 2;
  const top = (picture.height - side) / 2;
  target()?.getContext("2d")?.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  picture.close();
}
