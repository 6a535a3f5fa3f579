import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Fails the build when what the page needs to start grows over its budget. */
export function initialScriptBudget(kilobytes: number): Plugin {
  return {
    name: "initial-script-budget",
    generateBundle(_options, bundle) {
      const wanted = Object.values(bundle).flatMap((file) =>
        file.type === "chunk" && file.isEntry ? [file.fileName, ...file.imports] : [],
      );
      const size = [...new Set(wanted)].reduce((sum, name) => {
        const file = bundle[name];
        return file?.type === "chunk" ? sum + gzipSync(file.code).length : sum;
      }, 0);
      if (size > kilobytes * 1000)
        this.error(`The initial script has ${size} bytes (gzip), over ${kilobytes} KB`);
    },
  };
}
