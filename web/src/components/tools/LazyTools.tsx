import { useEffect, useSyncExternalStore } from "react";
import { nameOf } from "../../state/calls";
import type { ToolGroup as Loaded, ToolGroupProps } from "./ToolGroup";

let component: typeof Loaded | null = null;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Loads what draws calls of tools. Does not reject: where it cannot be loaded, their names are shown. */
export async function loadTools(): Promise<void> {
  if (component) return;
  const loaded = await import("./ToolGroup").catch(() => null);
  component = loaded?.ToolGroup ?? null;
  for (const listener of listeners) listener();
}

/** The calls of one request to the model. Until what draws them has been loaded, their names have the same place. */
export function ToolGroup(props: ToolGroupProps) {
  const Drawn = useSyncExternalStore(subscribe, () => component);
  useEffect(() => void loadTools(), []);
  if (Drawn) return <Drawn {...props} />;
  return (
    <ul className="tool-group">
      {props.calls.map((call, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as in `ToolGroup`
        <li key={`${index} ${call.id}`} className="tool-card">
          <span className="tool-head">{nameOf(call)}</span>
        </li>
      ))}
    </ul>
  );
}
