import { type ComponentProps, useEffect, useSyncExternalStore } from "react";
import type { Markdown as Loaded } from "./Markdown";

let component: typeof Loaded | null = null;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Loads what draws Markdown. Does not reject: where it cannot be loaded, texts are shown as they are. */
export async function loadMarkdown(): Promise<void> {
  if (component) return;
  const loaded = await import("./Markdown").catch(() => null);
  component = loaded?.Markdown ?? null;
  for (const listener of listeners) listener();
}

/** Draws Markdown, or shows the text as it is until what draws it has been loaded: a page can start without it. */
export function Markdown(props: ComponentProps<typeof Loaded>) {
  const Drawn = useSyncExternalStore(subscribe, () => component);
  useEffect(() => void loadMarkdown(), []);
  if (Drawn) return <Drawn {...props} />;
  return (
    <div className="markdown plain" lang={props.lang} dir="auto" ref={props.host}>
      {props.text}
    </div>
  );
}
