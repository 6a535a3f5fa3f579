import { describe, expect, it, vi } from "vitest";
import { collect } from "../lib/saveFile";
import { exportFile, type ImportLine, importFile } from "./transfer";

function stream(...pieces: string[]) {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      controller.close();
    },
  });
}

describe("exportFile", () => {
  it("takes the name and the number of messages from the headers", async () => {
    const headers = {
      "Content-Disposition": `attachment; filename="holdfast .json"; filename*=UTF-8''holdfast%20%E9%98%9F.json`,
      "Export-Messages": "3",
    };
    vi.stubGlobal("fetch", async () => new Response("{}", { headers }));
    expect(await exportFile(null, "json")).toMatchObject({
      name: "holdfast \u961f.json",
      messages: 3,
    });
  });

  it("throws the server's problem", async () => {
    const problem = { code: "unknown_session", detail: "" };
    vi.stubGlobal("fetch", async () => Response.json(problem, { status: 404 }));
    await expect(exportFile("s", "markdown")).rejects.toMatchObject({ code: "unknown_session" });
  });
});

describe("collect", () => {
  it("reports bytes and lines, and returns the whole", async () => {
    const seen: [number, number][] = [];
    const all = await collect(stream("a\nb", "c\n"), "text/plain", (...now) => seen.push(now));
    expect(await all.text()).toBe("a\nbc\n");
    expect(seen).toEqual([
      [3, 1],
      [5, 2],
    ]);
  });
});

describe("importFile", () => {
  it("reads lines however they are cut, within a character too", async () => {
    const begin = `{"type":"begin","dry_run":true,"conversations":1}\n`;
    const line = `{"type":"conversation","index":0,"status":"importable","title":"\u961f"}\n`;
    const bytes = new TextEncoder().encode(begin + line);
    const cut = bytes.length - 5;
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.slice(0, 10));
        controller.enqueue(bytes.slice(10, cut));
        controller.enqueue(bytes.slice(cut));
        controller.close();
      },
    });
    vi.stubGlobal("fetch", async () => new Response(body));
    const lines: ImportLine[] = [];
    for await (const one of importFile(new Blob(["{}"]), true, new AbortController().signal))
      lines.push(one);
    expect(lines).toMatchObject([{ type: "begin" }, { type: "conversation", title: "\u961f" }]);
  });
});
