import { type RefObject, useLayoutEffect } from "react";

/** Newer browsers support `field-sizing`, which avoids a layout of the whole page at every key. */
const BY_STYLE = CSS.supports("field-sizing", "content");

/** Makes a textarea as high as its text. The style sheet limits the height. */
export function useGrowingHeight(area: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what changes the height
  useLayoutEffect(() => {
    const box = area.current;
    if (!box || BY_STYLE) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }, [area, text]);
}
