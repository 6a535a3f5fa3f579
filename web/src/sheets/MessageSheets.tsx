import { lazy, Suspense, useEffect, useState } from "react";
import { isOverlaid } from "../lib/overlays";
import { isTouch } from "../lib/pointer";

const MessageSheet = lazy(() => import("./MessageSheet"));

/** What has a menu of its own where a finger rests on it. */
const OWN = "a, button, img, input, textarea, summary, .editor";

/** Shows the actions of a message at which a finger rests, in place of the browser's menu. */
export function MessageSheets() {
  const [message, setMessage] = useState<HTMLElement | null>(null);
  useEffect(() => {
    const onMenu = (event: MouseEvent) => {
      const target = event.target as Element;
      const found = target.closest<HTMLElement>("[data-testid=message]");
      if (!found || !isTouch() || target.closest(OWN) || isOverlaid()) return;
      // A reader who has begun to select wants the browser's menu.
      if (getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      setMessage(found);
    };
    document.addEventListener("contextmenu", onMenu);
    return () => document.removeEventListener("contextmenu", onMenu);
  }, []);
  return (
    message && (
      <Suspense>
        <MessageSheet message={message} onClose={() => setMessage(null)} />
      </Suspense>
    )
  );
}
