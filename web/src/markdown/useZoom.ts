import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { FITTED, moved, type View, zoomed } from "./zoom";

interface Point {
  x: number;
  y: number;
}

const between = (a: Point, b: Point) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const apart = (a: Point, b: Point) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));

/** Returns a point of the window as its distance from the middle of the stage. */
function fromMiddle(stage: HTMLElement, { x, y }: Point): Point {
  const box = stage.getBoundingClientRect();
  return { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 };
}

/** A view that wheel, mouse and one or two fingers change. The handlers belong to the element of `stage`. */
export function useZoom(stage: RefObject<HTMLElement | null>) {
  const [view, setView] = useState<View>(FITTED);
  const fingers = useRef(new Map<number, Point>());

  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      // Not passive: the browser would zoom the page.
      event.preventDefault();
      const point = fromMiddle(element, { x: event.clientX, y: event.clientY });
      setView((now) => zoomed(now, Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), point));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [stage]);

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const before = fingers.current.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
    fingers.current.set(event.pointerId, now);
    if (!other) return setView((old) => moved(old, now.x - before.x, now.y - before.y));
    const middle = between(now, other);
    const last = between(before, other);
    const point = fromMiddle(event.currentTarget, middle);
    const factor = apart(now, other) / apart(before, other);
    setView((old) => zoomed(moved(old, middle.x - last.x, middle.y - last.y), factor, point));
  };
  const lift = (event: PointerEvent) => void fingers.current.delete(event.pointerId);
  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    onPointerMove,
    onPointerUp: lift,
    onPointerCancel: lift,
  };
  return { view, setView, handlers };
}
