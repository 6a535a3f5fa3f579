import { describe, expect, it } from "vitest";
import type { ImportLine } from "../api/transfer";
import {
  IMPORT_CUT,
  type ImportAction,
  leftOutOf,
  noImport,
  reduceImport,
  takenOf,
} from "./importing";

const chosen: ImportAction = { type: "chosen", file: "conversations.json" };
const confirmed: ImportAction = { type: "confirmed" };
const finished: ImportAction = { type: "finished" };
const lines = (...given: ImportLine[]): ImportAction => ({ type: "lines", lines: given });
const begin = (dry_run: boolean): ImportLine => ({
  type: "begin",
  dry_run,
  conversations: 2,
  files: 3,
});
const conversation = (
  index: number,
  status: "importable" | "imported" | "left_out",
): ImportLine => ({
  type: "conversation",
  index,
  status,
  title: `Title ${index}`,
  ...(status === "left_out" ? { reason: "empty", detail: "It is empty." } : { messages: 2 }),
});
const end: ImportLine = { type: "end", importable: 1, left_out: 1, messages: 2, parts: {} };
const run = (...actions: ImportAction[]) => actions.reduce(reduceImport, noImport);
const check = lines(begin(true), conversation(0, "importable"), conversation(1, "left_out"), end);
const preview = run(chosen, check, finished);

describe("reduceImport", () => {
  it("shows what would be imported, and what would not", () => {
    expect(preview).toMatchObject({ phase: "preview", total: 2, changed: false });
    expect(takenOf(preview).map(({ index }) => index)).toEqual([0]);
    expect(leftOutOf(preview).map(({ index }) => index)).toEqual([1]);
  });

  it("counts an import anew, and reports it", () => {
    const importing = reduceImport(preview, confirmed);
    expect(importing).toMatchObject({ phase: "importing", conversations: [], end: null });
    const stored = lines(begin(false), conversation(0, "imported"), end);
    const report = [stored, finished].reduce(reduceImport, importing);
    expect(report).toMatchObject({ phase: "report", changed: true });
    expect(takenOf(report)).toHaveLength(1);
  });

  it("counts the files of a ZIP, and keeps those that are refused", () => {
    const file = { type: "file", index: 0, name: "a.png", size: 5 } as const;
    const refused: ImportLine = { ...file, status: "left_out", reason: "file_broken", detail: "" };
    const checked = [begin(true), { ...file, status: "importable" } as const, refused, end];
    const state = run(chosen, lines(...checked), finished);
    expect(state).toMatchObject({ files: 3, filesDone: 2, refused: [refused] });
    expect(reduceImport(state, confirmed)).toMatchObject({ filesDone: 0, refused: [] });
    const many = Array.from({ length: 205 }, () => refused);
    expect(run(chosen, lines(begin(true), ...many))).toMatchObject({ refusedFurther: 5 });
  });

  it("says that an answer without its last line was cut off", () => {
    const cut = run(chosen, lines(begin(true), conversation(0, "importable")), finished);
    expect(cut).toMatchObject({ phase: "failed", fault: IMPORT_CUT });
  });

  it("keeps what was reported before an error", () => {
    const error: ImportLine = { type: "error", status: 503, code: "store_full", detail: "Full." };
    const stored = lines(begin(false), conversation(0, "imported"), error);
    const failed = [confirmed, stored, finished].reduce(reduceImport, preview);
    expect(failed).toMatchObject({ phase: "failed", fault: { code: "store_full" } });
    expect(takenOf(failed)).toHaveLength(1);
  });

  it("goes back to the choice where a check is stopped, and reports a stopped import", () => {
    expect(run(chosen, { type: "stopped" })).toBe(noImport);
    const stopped = [confirmed, { type: "stopped" } as const].reduce(reduceImport, preview);
    expect(stopped.phase).toBe("stopped");
    expect([check, finished].reduce(reduceImport, stopped)).toBe(stopped);
    expect(reduceImport(stopped, { type: "left" })).toBe(noImport);
  });
});
