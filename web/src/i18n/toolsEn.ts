import type { Catalogue } from "./catalogue";
import type { toolsZh } from "./toolsZh";

/** The words of calls of tools that another program has offered to the model. */
export const toolsEn: Pick<Catalogue, keyof typeof toolsZh> = {
  toolCall: (name) => `Tool call: ${name}`,
  toolWithoutArguments: "Without arguments",
  toolResults: "Results of tool calls",
};
