import { deadline } from "./deadline";
import { note } from "./evidence";
import type { Fault } from "./fault";

/** Thrown when the server refuses a request (with its problem code) or cannot be reached (`network`). */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    detail: string,
    readonly turnId: string | null = null,
    /** Time from which the server accepts a retry, in milliseconds since the epoch. */
    readonly retryAt: number | null = null,
    /** Where the reader can sign in, if the server says so. */
    readonly signIn: string | null = null,
  ) {
    super(detail);
    this.name = "Problem";
  }

  get fault(): Fault {
    const { code, message: detail, retryAt, signIn } = this;
    return {
      code,
      detail,
      retryable: this.status !== 401,
      ...(retryAt === null ? {} : { retryAt }),
      ...(signIn === null ? {} : { signIn }),
    };
  }

  /** Whether the same request may succeed if it is sent again. */
  get isTransient(): boolean {
    return this.status === 0 || this.code === "server_unavailable";
  }
}

export function faultOf(error: unknown): Fault {
  if (error instanceof Problem) return error.fault;
  return { code: "internal_error", detail: String(error), retryable: true };
}

interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  file?: Blob;
  headers?: Record<string, string>;
  /** Whether the browser must ask the server, although it has the answer. */
  fresh?: boolean;
  /** Whether the request continues after the page is closed. */
  keepalive?: boolean;
  /** Cancels the request, which then throws what the browser throws, no `Problem`. */
  signal?: AbortSignal | undefined;
}

export function address(path: string, query: RequestOptions["query"] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return `/api${path}${text ? `?${text}` : ""}`;
}

async function problemOf(response: Response): Promise<Problem> {
  const { status, statusText, headers } = response;
  const body: unknown = await response.json().catch(() => null);
  return problemFrom({ status, statusText, retryAfter: headers.get("Retry-After"), body });
}

interface Refusal {
  status: number;
  statusText: string;
  retryAfter: string | null;
  /** The parsed JSON; null if there is none. */
  body: unknown;
}

export function problemFrom({ status, statusText, retryAfter, body }: Refusal): Problem {
  const fields = (body ?? {}) as Partial<Record<"code" | "turn_id" | "sign_in", string>> & {
    detail?: unknown;
  };
  const detail = typeof fields.detail === "string" ? fields.detail : statusText;
  // The API always sends a code; an error page without one comes from a proxy that could not reach it.
  const code = fields.code ?? (status >= 500 ? "server_unavailable" : "internal_error");
  const signIn = fields.sign_in ?? null;
  return new Problem(code, status, detail, fields.turn_id ?? null, retryAtOf(retryAfter), signIn);
}

/** Maximum wait before the reader can retry, in seconds. */
const LONGEST_WAIT = 300;

/** Parses `Retry-After` in seconds. The API never sends the other form, an HTTP date. */
function retryAtOf(retryAfter: string | null): number | null {
  const seconds = Number(retryAfter ?? Number.NaN);
  return seconds > 0 ? Date.now() + Math.min(seconds, LONGEST_WAIT) * 1000 : null;
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await (await respond(path, options)).json()) as T;
}

/** Sends a request. Throws `Problem` if the server refuses it or cannot be reached. */
export async function respond(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = "GET", query, body, file, headers, fresh, keepalive = false, signal } = options;
  const limit = deadline(signal, file === undefined && !keepalive);
  const init: RequestInit = {
    method,
    keepalive,
    signal: limit.signal,
    ...(fresh ? { cache: "no-store" } : {}),
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      "Accept-Language": document.documentElement.lang,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(file ? { body: file } : {}),
  };
  let response: Response;
  try {
    response = await fetch(address(path, query), init);
  } catch (error) {
    if (signal?.aborted) throw error;
    note("unreachable");
    throw new Problem("network", 0, String(error));
  } finally {
    limit.end();
  }
  const problem = response.ok ? null : await problemOf(response);
  note(problem?.code === "server_unavailable" ? "unreachable" : "answered");
  if (problem) throw problem;
  return response;
}
