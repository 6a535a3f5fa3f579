import { request } from "./http";
import type { ToolServer } from "./schemas";

/** Reads the tool servers and their tools. */
export const listTools = async () =>
  (await request<{ servers: ToolServer[] }>("/chat/tools")).servers;
