import { lazy, Suspense, useState } from "react";
import type { Model } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { isAnySet } from "../../state/sessionSettings";
import type { ConversationControls } from "../../state/useConversation";
import { type FreshSettings, useSessionSettings } from "../../state/useSessionSettings";
import { IconButton } from "../ui/IconButton";
import { SlidersIcon } from "../ui/icons";

const SessionSettingsDialog = lazy(() => import("./SessionSettingsDialog"));

interface SessionSettingsButtonProps {
  controls: Pick<ConversationControls, "store" | "reload">;
  fresh: FreshSettings;
  model: Model | undefined;
}

/** Opens instructions and parameters of the conversation; a mark says that something is set. */
export function SessionSettingsButton({ controls, fresh, model }: SessionSettingsButtonProps) {
  const { t } = useI18n();
  const { value, save } = useSessionSettings(controls, fresh);
  const [open, setOpen] = useState(false);
  const set = isAnySet(value);
  return (
    <>
      <IconButton
        label={set ? t.sessionSettingsSet : t.sessionSettings}
        className={set ? "session-settings marked" : "session-settings"}
        testId="session-settings"
        onClick={() => setOpen(true)}
      >
        <SlidersIcon />
      </IconButton>
      {open && (
        <Suspense>
          <SessionSettingsDialog
            value={value}
            most={model?.max_tokens ?? null}
            onSave={save}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
