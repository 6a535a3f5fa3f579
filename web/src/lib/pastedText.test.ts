import { describe, expect, it } from "vitest";
import { isPastedText, pastedFile, withPasted } from "./pastedText";

const nameOf = (number: number) => `pasted-${number}.txt`;

describe("a pasted text", () => {
  it("becomes a file of a new name", async () => {
    const file = pastedFile("words", 0, nameOf, ["pasted-1.txt", "a.txt"]);
    expect(file.name).toBe("pasted-2.txt");
    expect(await file.text()).toBe("words");
    expect(isPastedText(file)).toBe(true);
    expect(isPastedText(new File(["words"], "pasted-1.txt"))).toBe(false);
  });

  it.each([
    ["Read: now", 6, "Read: words now"],
    ["Re", 6, "Rewords "],
  ])("goes back into %o at %i", async (text, at, result) => {
    expect(await withPasted(text, pastedFile("words ", at, nameOf, []))).toBe(result);
  });
});
