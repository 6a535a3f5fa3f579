const count = (text: string, letters: RegExp) => text.match(letters)?.length ?? 0;

/**
 * The language of a text as far as its typography goes: which fonts, quotes and line breaks it wants. Undefined
 * where there are no letters to tell by. A Chinese character says as much as a short word of Latin letters.
 */
export function languageOf(text: string): string | undefined {
  const sample = text.replace(/```[\s\S]*?(?:```|$)|`[^`]*`|https?:\S+/g, "");
  const kana = count(sample, /[\p{Script=Hiragana}\p{Script=Katakana}]/gu);
  const hangul = count(sample, /\p{Script=Hangul}/gu);
  const han = count(sample, /\p{Script=Han}/gu);
  const latin = count(sample, /\p{Script=Latin}+/gu);
  if (kana + hangul + han + latin === 0) return undefined;
  if (hangul > han + kana) return "ko";
  if (kana > han / 5 && kana + han > latin) return "ja";
  if (han > latin) return "zh-CN";
  // Accents tell that it is another language, not which one.
  return /\p{Script=Latin}/u.test(sample.replace(/[a-z]/gi, "")) ? "und-Latn" : "en";
}
