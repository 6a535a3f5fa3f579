import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach } from "vitest";
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
