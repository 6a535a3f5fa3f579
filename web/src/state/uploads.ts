import { deleteFile, uploadFile } from "../api/files";
import { faultOf } from "../api/http";
import { uuid } from "../lib/uuid";
import type { DraftFile, DraftFiles, FilesAction } from "./draftFiles";
import type { Store } from "./store";

export type FilesStore = Store<DraftFiles, FilesAction>;

/** Uploads at a time: a browser has six connections to a server, and replies need some of them. */
const AT_ONCE = 2;

/** Milliseconds between two reports of progress: each renders the draft. */
const STEP = 100;

interface Upload {
  store: FilesStore;
  file: File;
  /** Null while it waits for others. */
  running: AbortController | null;
}

/** The files of drafts that were chosen on this page, and those that are on the network, by their key in the draft. */
const uploads = new Map<string, Upload>();

/** Returns the file of a draft, if it was chosen on this page. */
export const chosenFile = (key: string): File | undefined => uploads.get(key)?.file;

/** Adds files to a draft and uploads those that have at most so many bytes, whatever draft is open. */
export function beginUploads(
  store: FilesStore,
  place: string,
  files: readonly File[],
  most: number,
): void {
  const added = files.map((file) => ({ file, draft: newFile(file, file.size > most) }));
  store.dispatch({ type: "added", place, files: added.map(({ draft }) => draft) });
  for (const { file, draft } of added)
    if (!draft.fault) uploads.set(draft.key, { store, file, running: null });
  next();
}

const TOO_LARGE = { code: "file_too_large", detail: "", retryable: false };

const newFile = ({ name, type, size }: File, tooLarge: boolean): DraftFile => ({
  key: uuid(),
  name,
  type,
  size,
  phase: tooLarge ? "failed" : "uploading",
  share: 0,
  fault: tooLarge ? TOO_LARGE : null,
  stored: null,
});

export function uploadAgain(store: FilesStore, key: string): void {
  store.dispatch({ type: "again", key });
  next();
}

/** Removes a file from its draft, from the network, and from the server. */
export function dropFile(store: FilesStore, file: DraftFile): void {
  store.dispatch({ type: "removed", key: file.key });
  uploads.get(file.key)?.running?.abort();
  uploads.delete(file.key);
  // The server refuses to delete one that a message has, and sweeps what is left.
  if (file.stored) deleteFile(file.stored.id).catch(() => undefined);
  next();
}

/** Returns the file as the draft has it now; null if it was removed. */
function current({ store }: Upload, key: string): DraftFile | null {
  const files = Object.values(store.get()).flat();
  return files.find((file) => file.key === key) ?? null;
}

function next(): void {
  let running = [...uploads.values()].filter((upload) => upload.running).length;
  for (const [key, upload] of uploads) {
    if (running >= AT_ONCE) return;
    if (upload.running || current(upload, key)?.phase !== "uploading") continue;
    running += 1;
    void run(key, upload);
  }
}

async function run(key: string, upload: Upload): Promise<void> {
  const { store, file } = upload;
  const abort = new AbortController();
  upload.running = abort;
  let reported = 0;
  const onProgress = (share: number) => {
    if (share < 1 && performance.now() - reported < STEP) return;
    reported = performance.now();
    store.dispatch({ type: "progress", key, share });
  };
  try {
    const stored = await uploadFile(file, onProgress, abort.signal);
    if (current(upload, key)) store.dispatch({ type: "stored", key, stored });
    else deleteFile(stored.id).catch(() => undefined);
  } catch (error) {
    store.dispatch({ type: "failed", key, fault: faultOf(error) });
  } finally {
    upload.running = null;
    releaseFiles();
    next();
  }
}

/** Forgets the files that no draft has any more and that are not on the network: they would stay in memory. */
export function releaseFiles(): void {
  for (const [key, upload] of uploads)
    if (!upload.running && !current(upload, key)) uploads.delete(key);
}

/** Stops all uploads and forgets the files of this page. */
export function stopUploads(): void {
  for (const { running } of uploads.values()) running?.abort();
  uploads.clear();
}
