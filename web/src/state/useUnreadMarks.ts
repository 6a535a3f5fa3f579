import { useEffect, useRef } from "react";
import type { Session } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { preference } from "./preferences";
import { useEnded } from "./useUnread";

const ICON = "/favicon.svg";
const MARKED_ICON = "/favicon-unread.svg";

interface Options {
  sessions: readonly Session[];
  /** The title of what is shown; undefined for none. */
  title: string | undefined;
  open: (sessionId: string) => void;
}

/** Shows in the tab's title and icon how many replies are unread, and notifies the reader of each new one. */
export function useUnreadMarks({ sessions, title, open }: Options): void {
  const { t } = useI18n();
  const ended = useEnded();
  const known = useRef(ended);
  const named = useRef(sessions);
  named.current = sessions;

  useEffect(() => {
    const text = title ? `${title} · ${t.brand}` : t.brand;
    document.title = ended.length > 0 ? `(${ended.length}) ${text}` : text;
  }, [title, ended.length, t]);

  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"][type="image/svg+xml"]');
    if (icon) icon.href = ended.length > 0 ? MARKED_ICON : ICON;
  }, [ended.length]);

  useEffect(() => {
    const fresh = ended.filter((id) => !known.current.includes(id));
    known.current = ended;
    if (!mayNotify()) return;
    for (const id of fresh) {
      const session = named.current.find(({ session_id }) => session_id === id);
      notify(session?.title || t.untitled, t.replyEnded, id, open);
    }
  }, [ended, open, t]);
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
