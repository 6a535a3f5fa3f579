import { request, respond } from "./http";

export type ExportFormat = "json" | "markdown" | "zip";

/** A file that the server makes while it is sent. */
export interface ServedFile {
  name: string;
  type: string;
  /** How many messages it has; with JSON each is one line. */
  messages: number;
  /** About how many bytes of attached files it has. */
  fileBytes: number;
  body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** One conversation of an import. `parts`: what is left out of it or changed, with numbers. */
export interface ImportedConversation {
  type: "conversation";
  index: number;
  status: "imported" | "importable" | "left_out";
  title: string;
  source?: string;
  messages?: number;
  updated_at?: number | null;
  reason?: string;
  detail?: string;
}

/** One attached file of an import, before its conversation. */
export interface ImportedFile {
  type: "file";
  index: number;
  status: "imported" | "importable" | "left_out";
  name: string;
  size: number;
  reason?: string;
  detail?: string;
}

/** What the server answers to an import, line by line. */
export type ImportLine =
  | { type: "begin"; dry_run: boolean; conversations: number; files: number }
  | ImportedFile
  | ImportedConversation
  | {
      type: "end";
      imported?: number;
      importable?: number;
      left_out: number;
      messages: number;
      parts: Record<string, { count: number; detail: string }>;
    }
  | { type: "error"; status: number; code: string; detail: string };

/** Begins an export of one session, or of all. Throws `Problem`; the body fails if the file is not complete. */
export async function exportFile(
  sessionId: string | null,
  format: ExportFormat,
  signal?: AbortSignal,
): Promise<ServedFile> {
  const path = sessionId ? `/chat/sessions/${encodeURIComponent(sessionId)}/export` : "/me/export";
  const { headers, body } = await respond(path, { query: { format }, signal });
  return {
    name: nameIn(headers.get("Content-Disposition") ?? "") ?? `holdfast.${ENDINGS[format]}`,
    type: headers.get("Content-Type") ?? "",
    messages: Number(headers.get("Export-Messages") ?? 0),
    fileBytes: Number(headers.get("Export-File-Bytes") ?? 0),
    body: body ?? new ReadableStream({ start: (empty) => empty.close() }),
  };
}

const ENDINGS: Record<ExportFormat, string> = { json: "json", markdown: "md", zip: "zip" };

/** Returns the encoded file name of a `Content-Disposition`. */
function nameIn(disposition: string): string | null {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  try {
    return encoded ? decodeURIComponent(encoded) : null;
  } catch {
    return null;
  }
}

/** Sends a file of conversations. `dry`: nothing is stored. Throws `Problem` where the whole file is refused. */
export async function* importFile(
  file: Blob,
  dry: boolean,
  signal: AbortSignal,
): AsyncGenerator<ImportLine> {
  const headers = { "Content-Type": "application/octet-stream", Accept: "application/x-ndjson" };
  const options = { method: "POST", query: { dry_run: dry }, file, headers, signal } as const;
  const { body } = await respond("/me/import", options);
  if (!body) return;
  let rest = "";
  const decoder = new TextDecoder();
  for (const reader = body.getReader(); ; ) {
    const { done, value } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line) yield JSON.parse(line) as ImportLine;
    if (done) return;
  }
}

/** Deletes all sessions of the user. Returns how many there were. */
export const eraseAll = async () =>
  (
    await request<{ deleted: number }>("/me/sessions", {
      method: "DELETE",
      query: { confirm: "all" },
    })
  ).deleted;
