import { expect, it } from "vitest";
import { fileNameOf } from "./fileNames";

it.each([
  ["python", "code.py"],
  ["C++", "code.cpp"],
  ["tsx", "code.tsx"],
  ["Dockerfile", "Dockerfile"],
  ["", "code.txt"],
  ["../../etc", "code.txt"],
  ["constructor", "code.txt"],
])("saves code in %o as %o", (language, name) => {
  expect(fileNameOf(language)).toBe(name);
});
