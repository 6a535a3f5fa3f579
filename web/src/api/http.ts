import type { Fault } from "./types";

/** A request the server refused (with its problem code), or one that never reached it (`network`). */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    detail: string,
    readonly turnId: string | null = null,
    /** Milliseconds since the epoch; before that the server refuses again. */
    readonly retryAt: number | null = null,
  ) {
    super(detail);
    this.name = "Problem";
  }

  get fault(): Fault {
    const { code, message: detail, retryAt } = this;
    return { code, detail, retryable: true, ...(retryAt === null ? {} : { retryAt }) };
  }

  /** True where the same request may succeed if it is simply sent again. */
  get passing(): boolean {
    return this.status === 0 || this.code === "server_unavailable";
  }
}

export function faultOf(error: unknown): Fault {
  if (error instanceof Problem) return error.fault;
  return { code: "internal_error", detail: String(error), retryable: true };
}

interface RequestOptions {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  /** Let the request outlive the page. */
  keepalive?: boolean;
}

function address(path: string, query: RequestOptions["query"] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return `/api${path}${text ? `?${text}` : ""}`;
}

async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  const fields = (body ?? {}) as { code?: string; detail?: unknown; turn_id?: string };
  const detail = typeof fields.detail === "string" ? fields.detail : response.statusText;
  // Our API always names a code; an error page without one comes from a proxy that could not reach it.
  const code = fields.code ?? (response.status >= 500 ? "server_unavailable" : "internal_error");
  return new Problem(code, response.status, detail, fields.turn_id ?? null, retryAtOf(response));
}

/** Nobody is kept waiting for longer than this without being let try. */
const LONGEST_WAIT = 300;

/** `Retry-After` in seconds; the HTTP date that it may also be is not what our API sends. */
function retryAtOf(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return seconds > 0 ? Date.now() + Math.min(seconds, LONGEST_WAIT) * 1000 : null;
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await (await respond(path, options)).json()) as T;
}

/** The response to a request. Throws `Problem` where the server refuses or cannot be reached. */
export async function respond(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = "GET", query, body, headers, keepalive = false } = options;
  const init: RequestInit = {
    method,
    keepalive,
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      "Accept-Language": document.documentElement.lang,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  let response: Response;
  try {
    response = await fetch(address(path, query), init);
  } catch (error) {
    throw new Problem("network", 0, String(error));
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}
