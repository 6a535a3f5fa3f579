import { describe, expect, it } from "vitest";
import { ariaKeys, COMMANDS, commandOf, type Keystroke, keysOf } from "./shortcuts";

const stroke = (key: string, held: Partial<Keystroke> = {}): Keystroke => ({
  key,
  code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : "",
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
  repeat: false,
  keyCode: 0,
  ...held,
});
const alt = { altKey: true };

describe("commandOf", () => {
  it.each(Object.entries(COMMANDS))("takes Alt with the key of %s, in a field too", (name, key) => {
    expect(commandOf(stroke(key, alt), true, false)).toBe(name);
  });

  it("takes Control and Command on a Mac, where Option types", () => {
    expect(commandOf(stroke("n", { ctrlKey: true, metaKey: true }), true, true)).toBe("newChat");
    expect(commandOf(stroke("˜", { ...alt, code: "KeyN" }), true, true)).toBeNull();
  });

  it("goes by the key's place where the layout has no such letter", () => {
    expect(commandOf(stroke("т", { ...alt, code: "KeyN" }), false, false)).toBe("newChat");
    expect(commandOf(stroke("b", { ...alt, code: "KeyN" }), false, false)).toBeNull();
  });

  it.each([
    ["a letter alone", stroke("n")],
    ["AltGr", stroke("n", { ...alt, ctrlKey: true })],
    ["Alt with Shift", stroke("n", { ...alt, shiftKey: true })],
    ["a key held down", stroke("n", { ...alt, repeat: true })],
    ["a composing input method", stroke("n", { ...alt, isComposing: true })],
    ["a key that an input method has taken", stroke("n", { ...alt, keyCode: 229 })],
    ["a key that no command has", stroke("q", alt)],
  ])("does nothing on %s", (_name, pressed) => {
    expect(commandOf(pressed, false, false)).toBeNull();
  });

  it("takes a question mark for help outside a field only, a Chinese one too", () => {
    expect(commandOf(stroke("?", { shiftKey: true }), false, false)).toBe("help");
    expect(commandOf(stroke("？", { shiftKey: true }), false, false)).toBe("help");
    expect(commandOf(stroke("?", { shiftKey: true }), true, false)).toBeNull();
  });
});

describe("COMMANDS", () => {
  it("keeps off the letters that open a browser's menu or its address bar", () => {
    const taken = Object.values(COMMANDS).filter((key) => "defvsbth".includes(key));
    expect(taken).toEqual([]);
    expect(new Set(Object.values(COMMANDS)).size).toBe(Object.keys(COMMANDS).length);
  });

  it("are written as on the keyboard", () => {
    expect(keysOf("newChat", false)).toEqual(["Alt", "N"]);
    expect(keysOf("newChat", true)).toEqual(["⌃", "⌘", "N"]);
    expect(ariaKeys("newChat", true)).toBe("Control+Meta+N");
  });
});
