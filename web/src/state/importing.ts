import type { Fault } from "../api/fault";
import type { ImportedConversation, ImportedFile, ImportLine } from "../api/transfer";

type End = Extract<ImportLine, { type: "end" }>;

/** An import of a file: first its check, which stores nothing, then the import itself. */
export interface Importing {
  /** stopped: an import that the reader cancelled. */
  phase: "idle" | "checking" | "preview" | "importing" | "report" | "stopped" | "failed";
  file: string;
  /** Conversations in the file; null before the server has counted them. */
  total: number | null;
  /** What the server has said about the conversations so far, in this phase. */
  conversations: readonly ImportedConversation[];
  /** Attached files in the file, and those that the server has taken or refused so far. */
  files: number;
  filesDone: number;
  /** The first of the files that the server refuses, and the number of further ones. */
  refused: readonly ImportedFile[];
  refusedFurther: number;
  end: End | null;
  fault: Fault | null;
  /** Whether something may have been stored. */
  changed: boolean;
}

export type ImportAction =
  | { type: "chosen"; file: string }
  | { type: "confirmed" }
  | { type: "lines"; lines: readonly ImportLine[] }
  | { type: "finished" }
  | { type: "failed"; fault: Fault }
  | { type: "stopped" }
  | { type: "left" };

export const noImport: Importing = {
  phase: "idle",
  file: "",
  total: null,
  conversations: [],
  files: 0,
  filesDone: 0,
  refused: [],
  refusedFurther: 0,
  end: null,
  fault: null,
  changed: false,
};

/** The answer ended before its last line. */
export const IMPORT_CUT: Fault = {
  code: "import_cut",
  detail: "The import broke off.",
  retryable: true,
};

/** Refused files that are kept; the others are counted. */
const MOST_REFUSED = 200;

export const isRunning = ({ phase }: Importing) => phase === "checking" || phase === "importing";

export function reduceImport(state: Importing, action: ImportAction): Importing {
  switch (action.type) {
    case "chosen":
      return { ...noImport, phase: "checking", file: action.file };
    case "confirmed":
      return {
        ...noImport,
        phase: "importing",
        file: state.file,
        total: state.total,
        changed: true,
      };
    case "left":
      return noImport;
    case "stopped":
      return state.phase === "importing" ? { ...state, phase: "stopped" } : noImport;
    case "failed":
      return isRunning(state) ? { ...state, phase: "failed", fault: action.fault } : state;
    case "lines":
      return isRunning(state) ? withLines(state, action.lines) : state;
    case "finished":
      return isRunning(state) ? finished(state) : state;
  }
}

function withLines(state: Importing, lines: readonly ImportLine[]): Importing {
  const fresh = lines.filter((line) => line.type === "conversation");
  const conversations = [...state.conversations, ...fresh];
  return lines.reduce(withLine, { ...state, conversations });
}

function withLine(state: Importing, line: ImportLine): Importing {
  switch (line.type) {
    case "begin":
      return { ...state, total: line.conversations, files: line.files };
    case "file":
      return withFile(state, line);
    case "end":
      return { ...state, end: line };
    case "error": {
      const { code, detail } = line;
      return { ...state, phase: "failed", fault: { code, detail, retryable: true } };
    }
    default:
      return state;
  }
}

function withFile(state: Importing, line: ImportedFile): Importing {
  const { refused, refusedFurther } = state;
  const next = { ...state, filesDone: state.filesDone + 1 };
  if (line.status !== "left_out") return next;
  if (refused.length >= MOST_REFUSED) return { ...next, refusedFurther: refusedFurther + 1 };
  return { ...next, refused: [...refused, line] };
}

function finished(state: Importing): Importing {
  if (!state.end) return { ...state, phase: "failed", fault: IMPORT_CUT };
  return { ...state, phase: state.phase === "checking" ? "preview" : "report" };
}

export const takenOf = ({ conversations }: Importing) =>
  conversations.filter(({ status }) => status !== "left_out");
export const leftOutOf = ({ conversations }: Importing) =>
  conversations.filter(({ status }) => status === "left_out");
