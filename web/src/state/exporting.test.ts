import { describe, expect, it } from "vitest";
import type { ExportFormat } from "../api/transfer";
import { type ExportAction, noExport, reduceExport, shareOf } from "./exporting";

const run = (...actions: ExportAction[]) => actions.reduce(reduceExport, noExport);
const began = (format: ExportFormat): ExportAction => ({ type: "began", format });
const counted: ExportAction = { type: "counted", messages: 10, fileBytes: 2000 };
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

  it("knows about what share of a ZIP has come by the size of its files", () => {
    expect(shareOf(run(began("zip"), counted, received(5)))).toBe(0.25);
    const none: ExportAction = { type: "counted", messages: 10, fileBytes: 0 };
    expect(shareOf(run(began("zip"), none, received(5)))).toBeNull();
    const large: ExportAction = { type: "received", bytes: 3000, lines: 0 };
    expect(shareOf(run(began("zip"), counted, large))).toBe(1);
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
