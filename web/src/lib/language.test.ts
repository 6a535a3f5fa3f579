import { describe, expect, it } from "vitest";
import { languageOf } from "./language";

describe("languageOf", () => {
  it.each([
    ["A queue keeps its promises.", "en"],
    ["队列会信守承诺。", "zh-CN"],
    ["用 Redis 的 XADD 写入日志，再用 pub/sub 通知读者。", "zh-CN"],
    ["キューは約束を守ります。", "ja"],
    ["대기열은 약속을 지킵니다.", "ko"],
    ["The word 队列 means queue in Chinese.", "en"],
    ["```python\nprint('hello world')\n```\n这是一个例子。", "zh-CN"],
    ["Les files tiennent leurs promesses, même après.", "und-Latn"],
    ["قائمة الانتظار تفي بوعودها مع Redis.", "ar"],
    ["این صف به قول خود وفادار می‌ماند.", "fa"],
    ["התור מקיים את הבטחותיו.", "he"],
    ["1 + 1 = 2", undefined],
    ["", undefined],
  ])("reads %o as %o", (text, language) => {
    expect(languageOf(text)).toBe(language);
  });
});
