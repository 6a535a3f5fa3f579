import { type ExportFormat, exportFile } from "../api/transfer";
import { collect, saveFile } from "../lib/saveFile";

interface Exported {
  total: { sessions: number; messages: number };
  sessions: unknown[];
}

/** Returns one document of our own form with the sessions of several. */
export function joined(documents: readonly Exported[]): object {
  const sum = (name: keyof Exported["total"]) =>
    documents.reduce((count, { total }) => count + total[name], 0);
  return {
    ...documents[0],
    total: { sessions: sum("sessions"), messages: sum("messages") },
    sessions: documents.flatMap(({ sessions }) => sessions),
  };
}

/** Several ZIPs cannot be joined here: "Your data" exports everything with its files. */
export type TextFormat = Exclude<ExportFormat, "zip">;

const TYPES: Record<TextFormat, string> = { json: "application/json", markdown: "text/markdown" };
const ENDINGS: Record<TextFormat, string> = { json: "json", markdown: "md" };

/** Saves several sessions as one file. Rejects if one cannot be read whole. */
export async function exportMany(ids: readonly string[], format: TextFormat): Promise<void> {
  const texts: string[] = [];
  for (const id of ids) {
    const file = await exportFile(id, format);
    texts.push(await (await collect(file.body, file.type, () => undefined)).text());
  }
  const text =
    format === "json"
      ? JSON.stringify(joined(texts.map((one) => JSON.parse(one) as Exported)))
      : texts.join("\n\n");
  const day = new Date().toISOString().slice(0, 10);
  saveFile(`holdfast-${day}.${ENDINGS[format]}`, new Blob([text], { type: TYPES[format] }));
}
