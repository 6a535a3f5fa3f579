/** The words of calls of tools that another program has offered to the model. */
export const toolsZh = {
  toolCall: (name: string) => `调用工具：${name}`,
  toolWithoutArguments: "没有参数",
  toolResults: "工具调用的结果",
};
