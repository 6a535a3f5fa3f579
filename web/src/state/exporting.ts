import type { Fault } from "../api/fault";
import type { ExportFormat } from "../api/transfer";

/** An export of all conversations. */
export type Exporting =
  | { phase: "idle" }
  | {
      phase: "running";
      format: ExportFormat;
      messages: number;
      fileBytes: number;
      bytes: number;
      done: number;
    }
  | { phase: "saved"; name: string; bytes: number }
  | { phase: "failed"; format: ExportFormat; fault: Fault };

export type ExportAction =
  | { type: "began"; format: ExportFormat }
  | { type: "counted"; messages: number; fileBytes: number }
  | { type: "received"; bytes: number; lines: number }
  | { type: "saved"; name: string }
  | { type: "failed"; fault: Fault }
  | { type: "cancelled" };

export const noExport: Exporting = { phase: "idle" };

export function reduceExport(state: Exporting, action: ExportAction): Exporting {
  if (action.type === "began")
    return {
      phase: "running",
      format: action.format,
      messages: 0,
      fileBytes: 0,
      bytes: 0,
      done: 0,
    };
  if (state.phase !== "running") return state;
  switch (action.type) {
    case "counted":
      return { ...state, messages: action.messages, fileBytes: action.fileBytes };
    case "received":
      return { ...state, bytes: action.bytes, done: Math.min(action.lines, state.messages) };
    case "saved":
      return { phase: "saved", name: action.name, bytes: state.bytes };
    case "failed":
      return { phase: "failed", format: state.format, fault: action.fault };
    case "cancelled":
      return noExport;
  }
}

/** The share that has come, from 0 to 1; null if it is unknown: with JSON each message is a line, a ZIP is mostly files. */
export function shareOf(state: Exporting): number | null {
  if (state.phase !== "running") return null;
  const { format, messages, fileBytes, done, bytes } = state;
  if (format === "json" && messages > 0) return done / messages;
  return format === "zip" && fileBytes > 0 ? Math.min(bytes / fileBytes, 1) : null;
}
