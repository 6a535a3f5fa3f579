import { spokenPieces, voiceFor } from "../lib/speech";
import { createStore } from "./store";

/** What is read aloud: null = nothing. There is one voice, so reading another reply ends this one. */
export interface Speaking {
  key: string;
  paused: boolean;
}

export const canSpeak = () =>
  typeof speechSynthesis !== "undefined" && typeof SpeechSynthesisUtterance !== "undefined";

interface Speaker {
  speaking: Speaking | null;
}

export type SpeakerAction =
  | { type: "began"; key: string }
  | { type: "paused" | "wentOn" | "ended" };

export function reduceSpeaker(state: Speaker, action: SpeakerAction): Speaker {
  switch (action.type) {
    case "began":
      return { speaking: { key: action.key, paused: false } };
    case "paused":
      return state.speaking ? { speaking: { ...state.speaking, paused: true } } : state;
    case "wentOn":
      return state.speaking ? { speaking: { ...state.speaking, paused: false } } : state;
    case "ended":
      return { speaking: null };
  }
}

export const speaker = createStore(reduceSpeaker, { speaking: null } as Speaker);

/** Counts what was begun, so that the end of an earlier text does not end a later one. */
let round = 0;

/** Reads a text aloud in the browser's voice of its language. */
export function speak(key: string, text: string, lang: string): void {
  stopSpeaking();
  const mine = ++round;
  const pieces = spokenPieces(text);
  const voice = voiceFor(speechSynthesis.getVoices(), lang);
  const end = () => {
    if (mine === round) speaker.dispatch({ type: "ended" });
  };
  pieces.forEach((piece, at) => {
    const utterance = new SpeechSynthesisUtterance(piece);
    utterance.lang = voice?.lang ?? lang;
    if (voice) utterance.voice = voice;
    if (at === pieces.length - 1) utterance.onend = end;
    utterance.onerror = end;
    speechSynthesis.speak(utterance);
  });
  if (pieces.length > 0) speaker.dispatch({ type: "began", key });
}

export function pauseSpeaking(): void {
  speechSynthesis.pause();
  speaker.dispatch({ type: "paused" });
}

export function goOnSpeaking(): void {
  speechSynthesis.resume();
  speaker.dispatch({ type: "wentOn" });
}

export function stopSpeaking(): void {
  if (!canSpeak()) return;
  round += 1;
  speechSynthesis.cancel();
  if (speaker.get().speaking) speaker.dispatch({ type: "ended" });
}
