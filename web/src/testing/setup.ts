import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeEach, vi } from "vitest";
import { resetFiles } from "../state/drafts";

// happy-dom parses like a browser in standards mode, but does not report it; KaTeX checks it.
Object.defineProperty(document, "compatMode", { value: "CSS1Compat", configurable: true });

// Long, because the machine may be busy.
configure({ asyncUtilTimeout: 60_000 });

beforeEach(() => {
  resetFiles();
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(cleanup);
// Parts of the page load when they are needed; an import that outlasts its file is reported as an error.
afterAll(() => vi.dynamicImportSettled());
