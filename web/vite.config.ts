import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { initialScriptBudget } from "./budget.ts";
import { precompress } from "./precompress.ts";
import { serviceWorker } from "./serviceWorker.ts";
import { swaggerUi } from "./swagger.ts";

export default defineConfig({
  plugins: [react(), initialScriptBudget(200), swaggerUi(), serviceWorker(), precompress()],
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  // The budget above counts what is sent; the size before compression says little.
  // Nothing is inlined: the page's security policy takes fonts and scripts from files alone.
  build: {
    target: "es2023",
    chunkSizeWarningLimit: 1000,
    assetsInlineLimit: 0,
    // The second is the page of share links, which needs little of the first.
    rolldownOptions: { input: ["index.html", "share.html"] },
  },
  test: {
    environment: "happy-dom",
    pool: "vmThreads", // a context for each file, without a new process: half of the CPU time
    css: true,
    testTimeout: 300_000,
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    unstubGlobals: true,
    setupFiles: "src/testing/setup.ts",
  },
});
