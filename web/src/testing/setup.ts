import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach } from "vitest";

// happy-dom parses like a browser in standards mode, but does not say so; KaTeX asks.
Object.defineProperty(document, "compatMode", { value: "CSS1Compat", configurable: true });

beforeEach(() => localStorage.clear());
afterEach(cleanup);
