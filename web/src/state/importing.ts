import type { Fault } from "../api/fault";
import type { ImportedConversation, ImportLine } from "../api/transfer";

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

export const isRunning = ({ phase }: Importing) => phase === "checking" || phase === "importing";

export function reduceImport(state: Importing, action: ImportAction): Importing {
  switch (action.type) {
    case "chosen":
      return { ...noImport, phase: "checking", file: action.file };
    case "confirmed":
      return { ...state, phase: "importing", conversations: [], end: null, changed: true };
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
      return { ...state, total: line.conversations };
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

function finished(state: Importing): Importing {
  if (!state.end) return { ...state, phase: "failed", fault: IMPORT_CUT };
  return { ...state, phase: state.phase === "checking" ? "preview" : "report" };
}

export const takenOf = ({ conversations }: Importing) =>
  conversations.filter(({ status }) => status !== "left_out");
export const leftOutOf = ({ conversations }: Importing) =>
  conversations.filter(({ status }) => status === "left_out");
