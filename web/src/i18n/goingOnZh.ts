/** Sentences about replies that stopped early and go on, about what replies survived, and about questions that wait. */
export const goingOnZh = {
  goingOn: {
    button: "继续",
    running: "正在继续这条回复",
    atLength: "已达到长度上限",
    survived: "途中故障",
    losses: (connections: number, workers: number) =>
      [
        connections > 0 ? `${connections} 次连接中断` : "",
        workers > 0 ? `${workers} 个工作进程丢失` : "",
      ]
        .filter(Boolean)
        .join("、"),
    waiting: (count: number) => `${count} 个问题在等待`,
  },
};
