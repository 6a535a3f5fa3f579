import { afterEach, describe, expect, it, vi } from "vitest";
import { prefer } from "../state/preferences";
import { noteKey } from "./pointer";
import { entersToSend, isSendKey } from "./typing";

const enter = {
  key: "Enter",
  code: "Enter",
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  isComposing: false,
  keyCode: 13,
};

/** The media features that match, as on a device. */
const device = (...features: string[]) =>
  vi.stubGlobal("matchMedia", (query: string) => ({ matches: features.includes(query) }));

const PHONE = ["(pointer: coarse)"];
const TABLET_WITH_TRACKPAD = ["(pointer: coarse)", "(any-pointer: fine)"];

afterEach(() => prefer({ sendKey: "enter" }));

describe("isSendKey", () => {
  it("is Enter, but for a new line and while an input method composes", () => {
    expect(isSendKey(enter)).toBe(true);
    expect(isSendKey({ ...enter, shiftKey: true })).toBe(false);
    expect(isSendKey({ ...enter, isComposing: true })).toBe(false);
    expect(isSendKey({ ...enter, keyCode: 229 })).toBe(false);
  });

  it("is Ctrl or ⌘ with Enter where that is preferred", () => {
    prefer({ sendKey: "mod-enter" });
    expect(isSendKey(enter)).toBe(false);
    expect(entersToSend()).toBe(false);
    expect(isSendKey({ ...enter, ctrlKey: true })).toBe(true);
    expect(isSendKey({ ...enter, metaKey: true })).toBe(true);
  });

  it("is Ctrl or ⌘ with Enter in any case", () => {
    device(...PHONE);
    expect(isSendKey({ ...enter, ctrlKey: true })).toBe(true);
    expect(isSendKey({ ...enter, ctrlKey: true, isComposing: true })).toBe(false);
  });

  it("is Enter of a keyboard on a touch screen, not of the screen", () => {
    device(...TABLET_WITH_TRACKPAD);
    expect(isSendKey(enter)).toBe(true);
    expect(isSendKey({ ...enter, code: "" })).toBe(false);
  });

  it("is no Enter on a touch screen until a keyboard is noticed", () => {
    device(...PHONE);
    expect(isSendKey(enter)).toBe(false);
    noteKey({ key: "a" });
    expect(isSendKey(enter)).toBe(false);
    noteKey({ key: "Tab" });
    expect(isSendKey(enter)).toBe(true);
  });
});
