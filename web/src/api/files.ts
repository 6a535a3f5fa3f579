import { address, Problem, problemFrom, respond } from "./http";
import type { StoredFile } from "./schemas";

const pathOf = (id: string) => `/files/${encodeURIComponent(id)}`;

/** The address of a file as it was uploaded, or of a small picture of it. */
export const fileAddress = (id: string, form: "original" | "preview" = "original") =>
  address(pathOf(id), { form });

/** Deletes a file that no message has. */
export const deleteFile = (id: string) =>
  respond(pathOf(id), { method: "DELETE", keepalive: true });

/** Whether the server still has a file. Throws `Problem` if that is not known. */
export async function fileExists(id: string): Promise<boolean> {
  try {
    const response = await respond(pathOf(id), { fresh: true });
    await response.body?.cancel();
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === "unknown_file") return false;
    throw error;
  }
}

/**
 * Uploads a file. `onProgress` gets the share that was sent, from 0 to 1. Throws `Problem`; after an abort, that the
 * network failed. Not by `fetch`, which does not report how much was sent.
 */
export function uploadFile(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<StoredFile> {
  const form = new FormData();
  form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    const upload = new XMLHttpRequest();
    const fail = () => reject(new Problem("network", 0, "The upload broke off."));
    upload.open("POST", address("/files"));
    upload.setRequestHeader("Accept", "application/json");
    upload.setRequestHeader("Accept-Language", document.documentElement.lang);
    upload.upload.onprogress = ({ loaded, total, lengthComputable }) => {
      if (lengthComputable && total > 0) onProgress(loaded / total);
    };
    upload.onload = () => {
      const body = parsed(upload.responseText);
      if (upload.status === 201 && body) return resolve(body as StoredFile);
      const { status, statusText } = upload;
      const retryAfter = upload.getResponseHeader("Retry-After");
      reject(problemFrom({ status, statusText, retryAfter, body }));
    };
    upload.onerror = fail;
    upload.onabort = fail;
    upload.ontimeout = fail;
    signal.addEventListener("abort", () => upload.abort());
    upload.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
