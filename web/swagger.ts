import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const PACKAGE = "swagger-ui-dist";
const FILES = ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"];

/** Puts Swagger UI next to the page, not into it: the API's /docs needs no internet then. */
export function swaggerUi(): Plugin {
  const { resolve } = createRequire(import.meta.url);
  return {
    name: "swagger-ui",
    apply: "build",
    generateBundle() {
      for (const file of FILES)
        this.emitFile({
          type: "asset",
          fileName: `swagger/${file}`,
          source: readFileSync(resolve(`${PACKAGE}/${file}`)),
        });
    },
  };
}
