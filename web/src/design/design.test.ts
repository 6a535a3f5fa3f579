import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const SOURCES = join(import.meta.dirname, "..");

const modules = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter(
  (name) => /\.tsx?$/.test(name) && !name.startsWith("design"),
);

// Vite builds what index.html leads to: a page that nothing leads to is served in development only.
it("is reached by no module of the app, and by no other page", () => {
  const pages = [join(SOURCES, "..", "index.html"), join(SOURCES, "..", "vite.config.ts")];
  const texts = [...modules.map((name) => join(SOURCES, name)), ...pages].map((path) =>
    readFileSync(path, "utf8"),
  );
  expect(modules.length).toBeGreaterThan(100);
  expect(texts.filter((text) => /["'/]design(?:\.html|\/)/.test(text))).toEqual([]);
});
