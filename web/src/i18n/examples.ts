import type { Locale } from "./catalogue";

type Questions = Record<string, readonly string[]>;

const zh: Questions = {
  assistant: [
    "第一次做饭，推荐三道十五分钟的菜",
    "用三句话解释什么是消息队列",
    "给我一个三天的杭州行程",
    "下午犯困，有什么好办法？",
  ],
  teacher: [
    "为什么天空是蓝色的？",
    "用生活里的例子讲讲概率",
    "怎样证明根号 2 是无理数？",
    "光合作用分几步？",
  ],
  programmer: [
    "用 Python 写一个带重试的下载函数",
    "SQL 的 JOIN 有哪几种？画表说明",
    "解释一下 Redis Stream 和 Pub/Sub 的区别",
    "这个正则为什么慢：(a+)+$",
  ],
  translator: [
    "翻译成英文：欲速则不达",
    "把“Ship early, ship often”译成中文",
    "“内卷”用英文怎么说？",
    "润色这句：I very like this food",
  ],
  writer: [
    "写一段关于海边清晨的短文",
    "给一款便携咖啡机起五个名字",
    "写一封婉拒周五会议的邮件",
    "用“锚”写一首短诗",
  ],
};

const en: Questions = {
  assistant: [
    "Three dinners a beginner can cook in 15 minutes",
    "Explain a message queue in three sentences",
    "Plan three days in Lisbon",
    "How do I stay awake after lunch?",
  ],
  teacher: [
    "Why is the sky blue?",
    "Explain probability with everyday examples",
    "How do we prove that √2 is irrational?",
    "What are the steps of photosynthesis?",
  ],
  programmer: [
    "Write a Python download function with retries",
    "Which kinds of SQL JOIN are there? Show a table",
    "Redis Streams or Pub/Sub: what is the difference?",
    "Why is this regular expression slow: (a+)+$",
  ],
  translator: [
    "Translate into Chinese: more haste, less speed",
    'How would you say "欲速则不达" in English?',
    'What does "内卷" mean?',
    "Polish this: I very like this food",
  ],
  writer: [
    "Describe an early morning by the sea",
    "Five names for a pocket coffee maker",
    "A polite mail that declines a Friday meeting",
    "A short poem about an anchor",
  ],
};

const catalogues: Record<Locale, Questions> = { "zh-CN": zh, en };

/** Returns questions to begin with. `locale`: the language that the reader and the model understand. */
export function examplesFor(locale: Locale, persona: string): readonly string[] {
  const questions = catalogues[locale];
  return questions[persona] ?? questions.assistant ?? [];
}
