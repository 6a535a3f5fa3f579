import type { History, SessionSettings } from "../api/schemas";
import { lengthOf } from "../lib/typing";

export const NOTHING_SET: SessionSettings = {
  instructions: null,
  temperature: null,
  max_tokens: null,
};

export const LONGEST_INSTRUCTIONS = 8000;
export const HOTTEST = 2;

/** Returns what a history says is set; nothing where the API of an earlier release wrote it. */
export const settingsOf = (history: History): SessionSettings => ({
  instructions: history.instructions ?? null,
  temperature: history.temperature ?? null,
  max_tokens: history.max_tokens ?? null,
});

export const isAnySet = (settings: SessionSettings) =>
  Object.values(settings).some((value) => value !== null);

/** What the fields have, as it is typed. */
export interface SettingsDraft {
  instructions: string;
  temperature: string;
  max_tokens: string;
}

const shown = (value: number | null) => (value === null ? "" : String(value));

export const settingsDraft = (settings: SessionSettings): SettingsDraft => ({
  instructions: settings.instructions ?? "",
  temperature: shown(settings.temperature),
  max_tokens: shown(settings.max_tokens),
});

/** Returns what a draft sets. */
export const settingsFrom = (draft: SettingsDraft): SessionSettings => ({
  instructions: draft.instructions.trim() || null,
  temperature: numberIn(draft.temperature),
  max_tokens: numberIn(draft.max_tokens),
});

const numberIn = (text: string) => (text.trim() === "" ? null : Number(text.replace(",", ".")));

/** Returns the fields that cannot be saved. `most`: the model's own limit of tokens, null where it is not known. */
export function wrongFields(draft: SettingsDraft, most: number | null): (keyof SettingsDraft)[] {
  const { temperature, max_tokens } = settingsFrom(draft);
  const wrong: (keyof SettingsDraft)[] = [];
  if (lengthOf(draft.instructions.trim()) > LONGEST_INSTRUCTIONS) wrong.push("instructions");
  if (temperature !== null && !(temperature >= 0 && temperature <= HOTTEST))
    wrong.push("temperature");
  const fits = max_tokens === null || (max_tokens >= 1 && max_tokens <= (most ?? 1_000_000));
  if (!fits || (max_tokens !== null && !Number.isInteger(max_tokens))) wrong.push("max_tokens");
  return wrong;
}
