import type { Models } from "../api/schemas";

/** What the server takes of files; none where it keeps none. */
export interface FileLimits {
  /** The most files of one message. */
  files: number;
  /** The largest file, in bytes. */
  bytes: number;
}

export function limitsOf(offer: Models | null): FileLimits {
  const { max_files: files = 0, max_file_bytes: bytes = 0 } = offer ?? {};
  return bytes > 0 ? { files, bytes } : { files: 0, bytes: 0 };
}
