/** Where a picture is shown: its scale, and the distance of its middle from that of the window, in CSS pixels. */
export interface View {
  scale: number;
  x: number;
  y: number;
}

export const FITTED: View = { scale: 1, x: 0, y: 0 };

const LEAST = 0.25;
const MOST = 12;
const STEP = 1.25;
const MOVE = 60;

/** Returns the view after zooming by `factor`, in which the point (from the window's middle) stays where it is. */
export function zoomed(view: View, factor: number, point: { x: number; y: number }): View {
  const scale = Math.min(MOST, Math.max(LEAST, view.scale * factor));
  const change = scale / view.scale;
  return {
    scale,
    x: point.x - (point.x - view.x) * change,
    y: point.y - (point.y - view.y) * change,
  };
}

const MIDDLE = { x: 0, y: 0 };

export const zoomedIn = (view: View) => zoomed(view, STEP, MIDDLE);
export const zoomedOut = (view: View) => zoomed(view, 1 / STEP, MIDDLE);

export const moved = (view: View, x: number, y: number): View => ({
  ...view,
  x: view.x + x,
  y: view.y + y,
});

const KEYS: Record<string, (view: View) => View> = {
  "+": zoomedIn,
  "=": zoomedIn,
  "-": zoomedOut,
  _: zoomedOut,
  "0": () => FITTED,
  ArrowLeft: (view) => moved(view, MOVE, 0),
  ArrowRight: (view) => moved(view, -MOVE, 0),
  ArrowUp: (view) => moved(view, 0, MOVE),
  ArrowDown: (view) => moved(view, 0, -MOVE),
};

/** Returns what a key does to a view, or undefined if it does nothing. */
export const byKey = (key: string) => (Object.hasOwn(KEYS, key) ? KEYS[key] : undefined);
