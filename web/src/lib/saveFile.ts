/** Lets the browser save a file. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // Some browsers start to read only after the click handler has ended.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Reads a stream to its end, and reports after each piece how many bytes and lines have come. Throws if it breaks off. */
export async function collect(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  type: string,
  onProgress: (bytes: number, lines: number) => void,
): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  let lines = 0;
  for (const reader = body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces, { type });
    pieces.push(value);
    bytes += value.length;
    for (const byte of value) if (byte === 10) lines += 1;
    onProgress(bytes, lines);
  }
}
