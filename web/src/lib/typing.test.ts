import { describe, expect, it, vi } from "vitest";
import { isSendKey } from "./typing";

const enter = { key: "Enter", shiftKey: false, isComposing: false, keyCode: 13 };

describe("isSendKey", () => {
  it("is Enter, but for a new line and while an input method composes", () => {
    expect(isSendKey(enter)).toBe(true);
    expect(isSendKey({ ...enter, shiftKey: true })).toBe(false);
    expect(isSendKey({ ...enter, isComposing: true })).toBe(false);
    expect(isSendKey({ ...enter, keyCode: 229 })).toBe(false);
  });

  it("is none on a touch screen, where Enter breaks the line", () => {
    vi.stubGlobal("matchMedia", (query: string) => ({ matches: query === "(pointer: coarse)" }));
    expect(isSendKey(enter)).toBe(false);
    vi.unstubAllGlobals();
  });
});
