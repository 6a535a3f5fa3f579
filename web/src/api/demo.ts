import { request } from "./http";

/** Kills the worker of `make run`, in the middle of what it writes. Throws `Problem`. */
export const killWorker = () => request<{ killed: true }>("/demo/kill-worker", { method: "POST" });
