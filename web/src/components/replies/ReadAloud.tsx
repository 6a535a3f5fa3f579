import { useEffect } from "react";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { languageOf } from "../../lib/language";
import { spokenText } from "../../lib/speech";
import {
  canSpeak,
  goOnSpeaking,
  pauseSpeaking,
  speak,
  speaker,
  stopSpeaking,
} from "../../state/speaker";
import { useSelected } from "../../state/store";
import { IconButton } from "../ui/IconButton";
import { PauseIcon, PlayIcon, SpeakerIcon, SpeechStopIcon } from "../ui/icons";

interface ReadAloudProps {
  /** The id of the reply. */
  id: string;
  text: string;
}

/** Reads a reply aloud by the browser's own voice, pauses and stops it. Leaving the reply stops it, too. */
export function ReadAloud({ id, text }: ReadAloudProps) {
  const { t, locale } = useI18n();
  const state = useSelected(speaker, ({ speaking }) =>
    speaking?.key !== id ? "off" : speaking.paused ? "paused" : "on",
  );
  const isOn = state !== "off";

  useEffect(() => {
    if (!isOn) return;
    window.addEventListener("pagehide", stopSpeaking);
    return () => {
      window.removeEventListener("pagehide", stopSpeaking);
      if (speaker.get().speaking?.key === id) stopSpeaking();
    };
  }, [isOn, id]);

  if (!canSpeak()) return null;
  const start = () => {
    const spoken = spokenText(text);
    const lang = languageOf(spoken.slice(0, 600));
    if (!spoken) return announce(t.reply.nothingToRead);
    speak(id, spoken, lang === undefined || lang === "und-Latn" ? locale : lang);
  };
  if (!isOn)
    return (
      <IconButton label={t.reply.read} className="small" testId="read-aloud" onClick={start}>
        <SpeakerIcon size={16} />
      </IconButton>
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields of a form
    <span className="reading" role="group" aria-label={t.reply.reading} data-testid="reading">
      <IconButton
        label={state === "paused" ? t.reply.goOn : t.reply.pause}
        className="small"
        testId="pause-reading"
        onClick={state === "paused" ? goOnSpeaking : pauseSpeaking}
      >
        {state === "paused" ? <PlayIcon size={16} /> : <PauseIcon size={16} />}
      </IconButton>
      <IconButton
        label={t.reply.stopReading}
        className="small"
        testId="stop-reading"
        onClick={stopSpeaking}
      >
        <SpeechStopIcon size={16} />
      </IconButton>
    </span>
  );
}
