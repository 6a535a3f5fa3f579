import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Fails the build when what a page needs to start grows over its budget. */
export function initialScriptBudget(kilobytes: number): Plugin {
  return {
    name: "initial-script-budget",
    generateBundle(_options, bundle) {
      for (const entry of Object.values(bundle)) {
        if (entry.type !== "chunk" || !entry.isEntry) continue;
        const size = [...new Set([entry.fileName, ...entry.imports])].reduce((sum, name) => {
          const file = bundle[name];
          return file?.type === "chunk" ? sum + gzipSync(file.code).length : sum;
        }, 0);
        if (size > kilobytes * 1000)
          this.error(
            `${entry.name}: the initial script has ${size} bytes (gzip), over ${kilobytes} KB`,
          );
      }
    },
  };
}
