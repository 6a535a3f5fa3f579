import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Gliding } from "./gliding";

/** What lets text glide, loaded with the first reply that runs. */
let glidings: typeof import("./gliding") | undefined;

const load = () =>
  import("./gliding").then((loaded) => {
    glidings = loaded;
  });

/** Loads it while a reply runs that has no words yet. */
export function usePrepared(live: boolean): void {
  useEffect(() => {
    if (live && !glidings) load().catch(console.warn);
  }, [live]);
}

interface Growing {
  text: string;
  /** Whether more text will arrive. */
  live: boolean;
  /** Whether the text that is there at first has been read. */
  isRead: boolean;
}

/**
 * Lets the growing text of an element appear evenly, with a caret at its end; a finished one costs nothing. `root` is the
 * element that the page has now: Markdown that has just been loaded has another one than the plain text before it.
 */
export function useGlide(
  root: HTMLElement | null,
  caret: RefObject<HTMLElement | null>,
  { text, live, isRead }: Growing,
): void {
  const gliding = useRef<Gliding | null>(null);
  const [isLoaded, setLoaded] = useState(glidings !== undefined);

  useEffect(() => {
    if (live && !isLoaded) load().then(() => setLoaded(true), console.warn);
  }, [live, isLoaded]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what changes the element
  useLayoutEffect(() => {
    if (live && root && glidings && gliding.current?.root !== root) {
      // What another element showed has been read.
      const moved = gliding.current !== null;
      gliding.current?.stop();
      const begin = { isRead: isRead || !isLoaded || moved, caret: () => caret.current };
      gliding.current = new glidings.Gliding(root, begin);
    }
    gliding.current?.update();
    if (!live) gliding.current?.end();
  }, [root, caret, text, live, isRead, isLoaded]);

  useEffect(() => {
    if (!live || !root) return;
    const observer = new ResizeObserver(() => gliding.current?.settle());
    observer.observe(root);
    return () => observer.disconnect();
  }, [root, live]);

  useEffect(
    () => () => {
      gliding.current?.stop();
      gliding.current = null;
    },
    [],
  );
}
