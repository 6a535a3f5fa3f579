import { useEffect, useMemo, useRef } from "react";
import type { Session } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { preference } from "./preferences";
import { usePageVisible } from "./usePageVisible";
import { useEnded } from "./useUnread";

const ICON = "/favicon.svg";
const MARKED_ICON = "/favicon-unread.svg";

interface Options {
  sessions: readonly Session[];
  currentId: string | null;
  /** The title of what is shown; undefined for none. */
  title: string | undefined;
  open: (sessionId: string) => void;
}

/**
 * Shows in the tab's title and icon how many replies are unread or wait for an answer, and notifies the reader of each
 * new one.
 */
export function useUnreadMarks({ sessions, currentId, title, open }: Options): void {
  const { t } = useI18n();
  const ended = useEnded();
  const asking = useAsking(sessions, currentId);
  const known = useRef({ ended, asking });
  const count = ended.length + asking.length;
  const named = useRef(sessions);
  named.current = sessions;

  useEffect(() => {
    const text = title ? `${title} · ${t.brand}` : t.brand;
    document.title = count > 0 ? `(${count}) ${text}` : text;
  }, [title, count, t]);

  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"][type="image/svg+xml"]');
    if (icon) icon.href = count > 0 ? MARKED_ICON : ICON;
  }, [count]);

  useEffect(() => {
    const before = known.current;
    known.current = { ended, asking };
    if (!mayNotify()) return;
    const notifyOf = (ids: readonly string[], seen: readonly string[], text: string) => {
      for (const id of ids.filter((one) => !seen.includes(one))) {
        const session = named.current.find(({ session_id }) => session_id === id);
        notify(session?.title || t.untitled, text, id, open);
      }
    };
    notifyOf(ended, before.ended, t.replyEnded);
    notifyOf(asking, before.asking, t.tools.asksNow);
  }, [ended, asking, open, t]);
}

/** The listed sessions that wait for an answer of the reader, but the one that the reader sees. */
function useAsking(sessions: readonly Session[], currentId: string | null): readonly string[] {
  const viewed = usePageVisible() ? currentId : null;
  const ids = sessions.filter(
    ({ session_id, needs_answer }) => needs_answer && session_id !== viewed,
  );
  const joined = ids.map(({ session_id }) => session_id).join(" ");
  return useMemo(() => (joined ? joined.split(" ") : []), [joined]);
}

const mayNotify = () =>
  document.visibilityState === "hidden" &&
  preference("notify") === "on" &&
  "Notification" in window &&
  Notification.permission === "granted";

/** Several tabs may notify of one reply; the tag makes the browser show one. */
function notify(title: string, body: string, sessionId: string, open: (id: string) => void): void {
  try {
    const notification = new Notification(title, { body, tag: sessionId, icon: "/icon-192.png" });
    notification.onclick = () => {
      window.focus();
      open(sessionId);
      notification.close();
    };
  } catch {
    // A phone's browser takes notifications from a service worker alone.
    void navigator.serviceWorker?.ready.then((worker) =>
      worker.showNotification(title, { body, tag: sessionId, icon: "/icon-192.png" }),
    );
  }
}
