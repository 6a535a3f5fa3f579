import { describe, expect, it } from "vitest";
import { filesIn, named, pastedFiles } from "./droppedFiles";

const PICTURE = new File(["x"], "image.png", { type: "image/png" });

function data(types: Record<string, string>, ...entries: (File | "folder")[]): DataTransfer {
  const items = entries.map((entry) => ({
    kind: "file",
    getAsFile: () => (entry === "folder" ? new File([], "folder") : entry),
    webkitGetAsEntry: () => ({ isDirectory: entry === "folder" }),
  }));
  const names = [...Object.keys(types), ...(entries.length > 0 ? ["Files"] : [])];
  const getData = (type: string) => types[type] ?? "";
  return { items, types: names, getData } as unknown as DataTransfer;
}

describe("filesIn", () => {
  it("leaves folders out, and tells that there was one", () => {
    expect(filesIn(data({}, PICTURE, "folder"))).toEqual({ files: [PICTURE], folder: true });
    expect(filesIn(data({}, PICTURE)).folder).toBe(false);
  });
});

describe("pastedFiles", () => {
  it.each([
    ["a picture", {}, 1],
    ["a picture of a web page", { "text/html": "<img>" }, 1],
    ["a file with its name", { "text/plain": "image.png" }, 1],
    ["a table with a picture of it", { "text/plain": "1\t2", "text/html": "<table>" }, 0],
  ])("of %s", (_name, types, count) => {
    expect(pastedFiles(data(types, PICTURE))).toHaveLength(count);
  });
});

describe("named", () => {
  it("gives a pasted picture a name of its own, and leaves others", () => {
    const other = new File(["x"], "bird.png");
    const [first, second] = named([PICTURE, other], "Picture", new Date(2026, 1, 3, 4, 5, 6));
    expect(first?.name).toBe("Picture 040506.png");
    expect(first?.type).toBe("image/png");
    expect(second).toBe(other);
  });
});
