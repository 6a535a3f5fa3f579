/** The words of the empty page, and of the printed one. */
export const lookZh = {
  welcomeTitle: "尽管问，答案丢不了。",
  hintByMod: "Ctrl + Enter 发送 · Enter 换行",
  hintByCommand: "⌘ + Enter 发送 · Enter 换行",
  printPartly: "打印时并未载入全部对话。",
};
