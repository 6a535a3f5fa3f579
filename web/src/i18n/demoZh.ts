/** The sentences about the worker that a reader may kill, with `make run` and its own model. */
export const demoZh = {
  plug: {
    pull: "拔掉插头",
    explain: "试试看：结束正在写回复的进程，回复会接着写下去。",
    killing: "正在结束进程…",
    killed: (characters: number) =>
      `写到第 ${characters} 个字符时，进程被结束（kill -9）。另一个进程正在启动…`,
    resumed: (characters: number, seconds: string) =>
      `写到第 ${characters} 个字符时，进程被结束（kill -9）。${seconds} 秒后，另一个进程从原处接着写，一字不丢。`,
    restarted: (characters: number, seconds: string) =>
      `写到第 ${characters} 个字符时，进程被结束（kill -9）。${seconds} 秒后，另一个进程重新写这条回复：这个模型无法接着写。`,
    ended: "进程被结束时，回复已经写完，一字不丢。",
  },
};
