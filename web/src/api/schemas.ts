/** Types of the HTTP contract, with the field names of the API. */

export type FinishReason = "stop" | "length" | "content_filter" | "cancelled" | "error";

/** Token counts of the model server. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

export interface Message {
  id: string;
  role: "user" | "assistant";
  content: string;
  /** Seconds since the epoch. */
  timestamp: number;
  turn_id?: string;
  persona?: string;
  model?: string;
  finish_reason?: FinishReason;
  /** Code of the error, if `finish_reason` is "error". */
  error?: string;
  usage?: Usage;
  thinking?: string;
  thinking_seconds?: number;
  /** Seconds from the attempt's start to the end of the reply. */
  seconds?: number;
}

export interface History {
  session_id: string;
  title: string;
  role: string;
  /** One page of messages, oldest first. */
  messages: Message[];
  /** Number of messages on all pages. */
  total: number;
  /** Whether there are earlier messages. */
  has_more?: boolean;
  /** Older messages are no longer kept. */
  trimmed?: boolean;
  active_turn: string | null;
}

export interface Session {
  session_id: string;
  title: string;
  role: string;
  created_at: number;
  updated_at: number;
  active_turn: string | null;
}

export interface SessionPage {
  sessions: Session[];
  total: number;
}

export interface Persona {
  name: string;
  icon: string;
  description: string;
  /** The persona's greeting. */
  welcome?: string;
}

export interface Personas {
  roles: Record<string, Persona>;
  default_role: string;
}

export interface Model {
  id: string;
  demo: boolean;
}

export interface Models {
  models: Model[];
  default_model: string;
  /** Maximum length of a message, in characters. */
  max_message_chars?: number;
}

export interface TurnRequest {
  session_id: string;
  message?: string;
  role?: string;
  model?: string;
  replace_from?: string;
}

export interface TurnError {
  code: string;
  detail: string;
  retryable: boolean;
}

export interface Turn {
  turn_id: string;
  session_id: string;
  state: "queued" | "running" | "done" | "cancelled" | "failed";
  /** Turns ahead in the queue; null when it runs. */
  position: number | null;
  error: TurnError | null;
}

export type TurnEvent =
  | { type: "start"; turn_id: string; session_id: string; position: number }
  | { type: "chunk"; content: string }
  | { type: "thinking"; content: string }
  | { type: "retry"; attempt: number; reason: string; wait_seconds: number }
  | { type: "restart"; attempt: number }
  | { type: "snapshot"; content: string; thinking?: string }
  | {
      type: "end";
      session_id: string;
      finish_reason: FinishReason;
      usage?: Usage;
      message_id?: string;
    }
  | {
      type: "error";
      code: string;
      content: string;
      retryable: boolean;
      message_id?: string;
    };
