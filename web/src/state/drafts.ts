import type { StoredFile } from "../api/schemas";
import { recall, remember } from "../lib/storage";
import { type DraftFiles, filesAt, reduceFiles, storedOf } from "./draftFiles";
import { createStore } from "./store";
import { type FilesStore, releaseFiles, stopUploads } from "./uploads";

/** What a question has: its text, and the files that are attached to it. */
export interface Content {
  text: string;
  files: readonly StoredFile[];
}

const name = (sessionId: string | null) => `draft.${sessionId ?? "new"}`;
const filesName = (place: string) => `draftFiles.${place || "new"}`;

export const draftOf = (sessionId: string | null) => recall(name(sessionId)) ?? "";

export const keepDraft = (sessionId: string | null, text: string) =>
  remember(name(sessionId), text);

/** The files of all drafts that were opened on this page, with those that are being uploaded. */
export const draftFiles: FilesStore = createStore(reduceFiles, {});

let kept: DraftFiles = {};

/** Keeps what was uploaded in the browser, so that it survives a reload. */
draftFiles.subscribe(() => {
  const now = draftFiles.get();
  for (const place of new Set([...Object.keys(kept), ...Object.keys(now)])) {
    if (kept[place] === now[place]) continue;
    const stored = storedOf(filesAt(now, place));
    remember(filesName(place), stored.length > 0 ? JSON.stringify(stored) : null);
  }
  kept = now;
});

draftFiles.subscribe(releaseFiles);

function keptFiles(place: string): StoredFile[] {
  try {
    const files: unknown = JSON.parse(recall(filesName(place)) ?? "[]");
    return Array.isArray(files) ? (files as StoredFile[]) : [];
  } catch {
    return [];
  }
}

/** Restores the files of a draft that the browser has kept, once. */
export function openFiles(sessionId: string | null): void {
  const place = sessionId ?? "";
  draftFiles.dispatch({ type: "opened", place, files: keptFiles(place) });
}

export function forgetDraft(sessionId: string): void {
  keepDraft(sessionId, "");
  remember(filesName(sessionId), null);
  draftFiles.dispatch({ type: "forgotten", place: sessionId });
}

/** Moves the draft of the new chat to its session. */
export function moveDraft(sessionId: string): void {
  keepDraft(sessionId, draftOf(null));
  keepDraft(null, "");
  draftFiles.dispatch({ type: "moved", from: "", to: sessionId });
}

/** Puts a text that could not be sent before text typed since. */
export const joined = (lost: string, typed: string) => (typed ? `${lost}\n${typed}` : lost);

/** Accepts a text for the open composer; returns false if that belongs to another session. */
type Receiver = (sessionId: string | null, lost: string) => boolean;

const receivers = new Set<Receiver>();

export function onReturnedText(receiver: Receiver): () => void {
  receivers.add(receiver);
  return () => void receivers.delete(receiver);
}

/** Returns an unsent question to its session's draft, on the page or in storage. */
export function returnToDraft(sessionId: string | null, { text, files }: Content): void {
  returnFiles(sessionId, files);
  for (const receive of receivers) if (receive(sessionId, text)) return;
  keepDraft(sessionId, joined(text, draftOf(sessionId)));
}

export function returnFiles(sessionId: string | null, files: readonly StoredFile[]): void {
  openFiles(sessionId);
  draftFiles.dispatch({ type: "returned", place: sessionId ?? "", files });
}

/** Forgets the files of all drafts on this page, for tests. */
export function resetFiles(): void {
  stopUploads();
  for (const place of Object.keys(draftFiles.get()))
    draftFiles.dispatch({ type: "forgotten", place });
}
