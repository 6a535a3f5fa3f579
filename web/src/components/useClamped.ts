import { type RefObject, useLayoutEffect, useRef, useState } from "react";

/** Whether the style sheet cuts a text off, measured again whenever the element's size changes. */
export function useClamped<Box extends HTMLElement = HTMLParagraphElement>(
  text: string,
  whole: boolean,
): [RefObject<Box | null>, boolean] {
  const element = useRef<Box>(null);
  const [clamped, setClamped] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what overflows
  useLayoutEffect(() => {
    const box = element.current;
    if (!box || whole) return;
    const measure = () => setClamped(box.scrollHeight > box.clientHeight + 1);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, [text, whole]);
  return [element, clamped];
}
