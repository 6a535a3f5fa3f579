import type { Fault } from "../api/fault";
import type { StoredFile } from "../api/schemas";

/** A file that is attached to a question which is being written. */
export interface DraftFile {
  key: string;
  name: string;
  /** The media type, empty if the browser knows none. */
  type: string;
  /** In bytes. */
  size: number;
  phase: "uploading" | "ready" | "failed";
  /** The share of it that was sent, from 0 to 1. */
  share: number;
  fault: Fault | null;
  /** What the server says about it, once it is ready. */
  stored: StoredFile | null;
}

/** The files of each draft, by session id; those of a new chat by "". */
export type DraftFiles = Readonly<Record<string, readonly DraftFile[]>>;

export type FilesAction =
  | { type: "opened" | "returned"; place: string; files: readonly StoredFile[] }
  | { type: "added"; place: string; files: readonly DraftFile[] }
  | { type: "progress"; key: string; share: number }
  | { type: "stored"; key: string; stored: StoredFile }
  | { type: "failed"; key: string; fault: Fault }
  | { type: "again"; key: string }
  | { type: "removed"; key: string }
  | { type: "gone"; place: string; id: string }
  | { type: "taken" | "forgotten"; place: string }
  | { type: "moved"; from: string; to: string };

export const NO_FILES: readonly DraftFile[] = [];

export function reduceFiles(state: DraftFiles, action: FilesAction): DraftFiles {
  switch (action.type) {
    case "opened":
      if (action.place in state || action.files.length === 0) return state;
      return { ...state, [action.place]: action.files.map(readyFile) };
    case "returned": {
      const { [action.place]: typed = NO_FILES } = state;
      const known = new Set(typed.map(({ stored }) => stored?.id));
      const lost = action.files.filter(({ id }) => !known.has(id)).map(readyFile);
      return lost.length === 0 ? state : { ...state, [action.place]: [...lost, ...typed] };
    }
    case "added":
      return {
        ...state,
        [action.place]: [...(state[action.place] ?? NO_FILES), ...action.files],
      };
    case "gone": {
      const { [action.place]: files = NO_FILES } = state;
      const gone = files.find(({ stored }) => stored?.id === action.id);
      return gone ? inEach(state, gone.key, () => null) : state;
    }
    case "taken": {
      const left = filesAt(state, action.place).filter(({ phase }) => phase !== "ready");
      return left.length > 0 ? { ...state, [action.place]: left } : without(state, action.place);
    }
    case "forgotten":
      return without(state, action.place);
    case "moved": {
      const { [action.from]: moved } = state;
      return moved ? { ...without(state, action.from), [action.to]: moved } : state;
    }
    case "removed":
      return inEach(state, action.key, () => null);
    default:
      return inEach(state, action.key, (file) => ({ ...file, ...changes(action) }));
  }
}

type Change = Extract<FilesAction, { type: "progress" | "stored" | "failed" | "again" }>;

function changes(action: Change): Partial<DraftFile> {
  switch (action.type) {
    case "progress":
      return { share: action.share };
    case "stored":
      return { phase: "ready", share: 1, stored: action.stored };
    case "failed":
      return { phase: "failed", fault: action.fault };
    case "again":
      return { phase: "uploading", share: 0, fault: null };
  }
}

/** Returns the file of a draft that was uploaded before. */
export function readyFile(stored: StoredFile): DraftFile {
  const { id: key, name, type, size } = stored;
  return { key, name, type, size, phase: "ready", share: 1, fault: null, stored };
}

function without(state: DraftFiles, place: string): DraftFiles {
  if (!(place in state)) return state;
  const { [place]: _, ...rest } = state;
  return rest;
}

/** Replaces the file with this key, wherever it is; `change` returns null to remove it. */
function inEach(
  state: DraftFiles,
  key: string,
  change: (file: DraftFile) => DraftFile | null,
): DraftFiles {
  const found = Object.entries(state).find(([, files]) => files.some((file) => file.key === key));
  if (!found) return state;
  const [place, files] = found;
  const next = files.flatMap((file) => (file.key === key ? (change(file) ?? []) : file));
  return next.length === 0 ? without(state, place) : { ...state, [place]: next };
}

export const filesAt = (state: DraftFiles, place: string) => state[place] ?? NO_FILES;

/** Returns what the server has of the files. */
export const storedOf = (files: readonly DraftFile[]): StoredFile[] =>
  files.flatMap(({ phase, stored }) => (phase === "ready" && stored ? stored : []));

export const isUploading = (files: readonly DraftFile[]) =>
  files.some(({ phase }) => phase === "uploading");

export const hasFailed = (files: readonly DraftFile[]) =>
  files.some(({ phase }) => phase === "failed");

/** Whether a media type is a picture's that models may see. */
export const isPicture = (type: string) => /^image\/(?!svg)/.test(type);

/** Whether there are pictures among files, uploaded or not. */
export const hasPictures = (files: readonly DraftFile[]) =>
  files.some(({ stored, type }) => (stored ? stored.kind === "image" : isPicture(type)));
