import { describe, expect, it } from "vitest";
import { type ExportAction, noExport, reduceExport, shareOf } from "./exporting";

const run = (...actions: ExportAction[]) => actions.reduce(reduceExport, noExport);
const began = (format: "json" | "markdown"): ExportAction => ({ type: "began", format });
const counted: ExportAction = { type: "counted", messages: 10 };
const received = (lines: number): ExportAction => ({ type: "received", bytes: 500, lines });

describe("reduceExport", () => {
  it("knows its share by the lines of JSON, which are never more than all messages", () => {
    expect(shareOf(run(began("json")))).toBeNull();
    expect(shareOf(run(began("json"), counted, received(5)))).toBe(0.5);
    expect(shareOf(run(began("json"), counted, received(14)))).toBe(1);
  });

  it("does not know its share with Markdown, whose messages have many lines", () => {
    expect(shareOf(run(began("markdown"), counted, received(5)))).toBeNull();
  });

  it("ends saved, failed or cancelled, and ignores what comes later", () => {
    const saved = run(began("json"), counted, received(10), { type: "saved", name: "a.json" });
    expect(saved).toEqual({ phase: "saved", name: "a.json", bytes: 500 });
    expect(reduceExport(saved, received(3))).toBe(saved);
    const fault = { code: "export_cut", detail: "", retryable: true };
    expect(run(began("json"), { type: "failed", fault }).phase).toBe("failed");
    expect(run(began("json"), { type: "cancelled" }, received(3))).toBe(noExport);
  });
});
