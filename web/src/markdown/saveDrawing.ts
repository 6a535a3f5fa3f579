import { saveFile } from "../lib/saveFile";
import type { Drawing } from "./draw";

/** The longest side of a picture in pixels that all browsers can paint. */
const LONGEST = 8_000;
const SHARPNESS = 3;

export const saveSvg = (name: string, { svg }: Drawing) =>
  saveFile(`${name}.svg`, new Blob([svg], { type: "image/svg+xml" }));

/** Paints a drawing at three times its size on the page's ground. Throws if the browser cannot. */
async function painted({ address, width, height }: Drawing, ground: string): Promise<Blob> {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const scale = Math.min(SHARPNESS, LONGEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const painter = canvas.getContext("2d");
  if (!painter) throw new Error("no canvas");
  painter.fillStyle = ground;
  painter.fillRect(0, 0, canvas.width, canvas.height);
  painter.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture")))),
  );
}

export async function savePng(name: string, drawing: Drawing, ground: string): Promise<void> {
  saveFile(`${name}.png`, await painted(drawing, ground));
}
