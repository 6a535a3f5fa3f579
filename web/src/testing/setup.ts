import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach } from "vitest";

// happy-dom parses like a browser in standards mode, but does not say so; KaTeX asks.
Object.defineProperty(document, "compatMode", { value: "CSS1Compat", configurable: true });

// Waited for on a machine that may be busy.
configure({ asyncUtilTimeout: 60_000 });

beforeEach(() => localStorage.clear());
afterEach(cleanup);
