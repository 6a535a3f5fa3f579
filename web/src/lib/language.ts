const count = (text: string, letters: RegExp) => text.match(letters)?.length ?? 0;

/**
 * Guesses the language of a text for its typography: fonts, quotes and line breaks. Undefined if it has no letters.
 * A Chinese character counts as much as a short Latin word.
 */
export function languageOf(text: string): string | undefined {
  const sample = text.replace(/```[\s\S]*?(?:```|$)|`[^`]*`|https?:\S+/g, "");
  const kana = count(sample, /[\p{Script=Hiragana}\p{Script=Katakana}]/gu);
  const hangul = count(sample, /\p{Script=Hangul}/gu);
  const han = count(sample, /\p{Script=Han}/gu);
  const latin = count(sample, /\p{Script=Latin}+/gu);
  const arabic = count(sample, /\p{Script=Arabic}+/gu);
  const hebrew = count(sample, /\p{Script=Hebrew}+/gu);
  if (arabic + hebrew > latin + han + kana + hangul)
    return hebrew > arabic ? "he" : arabicOf(sample);
  if (kana + hangul + han + latin === 0) return undefined;
  if (hangul > han + kana) return "ko";
  if (kana > han / 5 && kana + han > latin) return "ja";
  if (han > latin) return "zh-CN";
  // Accents show that it is not English, but not which language it is.
  return /\p{Script=Latin}/u.test(sample.replace(/[a-z]/gi, "")) ? "und-Latn" : "en";
}

/** Persian has letters that Arabic has not. */
const arabicOf = (text: string) => (/[پچژگکی]/.test(text) ? "fa" : "ar");
