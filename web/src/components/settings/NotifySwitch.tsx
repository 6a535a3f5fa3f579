import { useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import { prefer, usePreference } from "../../state/preferences";

const isOffered = () => "Notification" in window && isSecureContext;

/** Turns notifications on, once the browser allows them, and off. */
export function NotifySwitch() {
  const { t } = useI18n();
  const wanted = usePreference("notify") === "on";
  const [permission, setPermission] = useState(() =>
    isOffered() ? Notification.permission : "default",
  );
  const refused = permission === "denied";
  const turn = async (on: boolean) => {
    if (!on) return prefer({ notify: "off" });
    const answer = await Notification.requestPermission();
    setPermission(answer);
    if (answer === "granted") prefer({ notify: "on" });
  };
  const hint = !isOffered() ? t.notifyMissing : refused ? t.notifyRefused : t.notifyHint;
  return (
    <label className="setting switch">
      <span>
        {t.notify}
        <small>{hint}</small>
      </span>
      <input
        type="checkbox"
        checked={wanted && permission === "granted"}
        disabled={!isOffered() || refused}
        data-testid="notify"
        onChange={(event) => void turn(event.target.checked)}
      />
    </label>
  );
}
