import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const SOURCE = new URL("src/serviceWorker.js", import.meta.url);
/** Files of `public` that the page needs to start. */
const ALWAYS = ["/", "/theme.js", "/favicon.svg", "/manifest.webmanifest"];
/** The page's own styles and fonts. Those of formulas are loaded with the first formula. */
const OF_THE_START = /^assets\/(index-[^/]*\.css|(?!KaTeX)[^/]*\.woff2)$/;

/** The page of share links has an entry of its own, which needs the server anyway. */
const isOfStart = ({ isEntry, name }: { isEntry: boolean; name: string }) =>
  (isEntry && name === "index") || name === "Markdown";

/** Builds `/sw.js`, which keeps the page's shell for times without a network. */
export function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const files = Object.values(bundle).flatMap((file) => {
        if (file.type === "chunk") return isOfStart(file) ? [file.fileName, ...file.imports] : [];
        return OF_THE_START.test(file.fileName) ? [file.fileName] : [];
      });
      const shell = [...ALWAYS, ...new Set(files.map((name) => `/${name}`))];
      const version = createHash("sha256").update(JSON.stringify(shell)).digest("hex").slice(0, 12);
      const source = readFileSync(SOURCE, "utf8")
        .replace("__SHELL__", () => JSON.stringify(shell))
        .replace("__VERSION__", version);
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}
