import { useState } from "react";
import { recall, remember } from "../lib/storage";
import { withChosen } from "./items";

const STORED = "palette";

function read(): string[] {
  try {
    const stored: unknown = JSON.parse(recall(STORED) ?? "[]");
    return Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

/** Returns the ids of what was chosen last in this browser, and a function that adds one. */
export function useRecent(): [readonly string[], (id: string) => void] {
  const [recent] = useState(read);
  return [recent, (id) => remember(STORED, JSON.stringify(withChosen(read(), id)))];
}
