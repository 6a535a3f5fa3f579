/** Short names of the API's schemas. `types.ts` is generated from the API's code by `make types`. */

import type { components } from "./types";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Started = Schemas["Started"];
/** An API of an earlier release does not say what is set for a session, and how many questions wait. */
type SetParts = "waiting" | "temperature" | "max_tokens" | "has_instructions" | "needs_answer";
export type Session = Omit<Schemas["SessionView"], SetParts> &
  Partial<Pick<Schemas["SessionView"], SetParts>>;
/** What the reader has set for a session; null = nothing. */
export type SessionSettings = Pick<
  Schemas["HistoryView"],
  "instructions" | "temperature" | "max_tokens"
>;
export type OwnPersona = Schemas["PersonaView"];
export type OwnPersonas = Schemas["PersonaList"];
/** What the page writes of an own persona. */
export type PersonaForm = Required<Schemas["PersonaForm"]>;
export type ApiToken = Schemas["ApiTokenView"];
export type ApiTokens = Schemas["ApiTokenList"];
/** An API token as the answer that made it shows it, with the token itself. */
export type NewApiToken = Schemas["NewApiToken"];
export type TokenForm = Schemas["TokenForm"];
export type SessionPage = { sessions: Session[] } & Pick<Schemas["SessionList"], "total">;
export type TagCount = Schemas["TagCount"];
export type Feedback = Schemas["Feedback"];
/** What the page uses of a history. */
export type History = Pick<
  Schemas["HistoryView"],
  | "session_id"
  | "title"
  | "role"
  | "messages"
  | "total"
  | "has_more"
  | "trimmed"
  | "active_turn"
  | "waiting"
  | "paused"
> &
  Partial<
    Pick<Schemas["HistoryView"], "waiting_revision" | "model" | "pinned" | "archived" | "tags"> &
      SessionSettings
  >;
export type WaitingQuestion = Schemas["WaitingQuestion"];
/** A page around or after a message, which may end before the newest one. */
export type HistoryPart = History & Pick<Schemas["HistoryView"], "has_later" | "is_shown">;
/** What a message keeps of a file; `size` in bytes. */
export type Attachment = Schemas["Attachment"];
/** A file that was uploaded. `cut`: only its beginning is given to the model. */
export type StoredFile = Schemas["File"];
export type Message = Schemas["Message"];
export type Versions = Schemas["Versions"];
export type FunctionCall = Schemas["FunctionCall"];
export type ServerCall = Schemas["ServerCall"];
export type ReplyStep = Schemas["ReplyStep"];
export type ToolImage = Schemas["ToolImage"];
/** A question about a call: whether it may run, or for what its tool wants to know. */
export type Approval = Schemas["Approval"];
export type FinishReason = NonNullable<Message["finish_reason"]>;
export type Usage = Schemas["Usage"];
export type Persona = Schemas["RoleView"];
export type Personas = Schemas["RoleList"];
/** A tool server with its tools, as a worker found them last. */
export type ToolServer = Schemas["KnownServer"];
export type Model = Omit<Schemas["ModelView"], "max_tokens"> &
  Partial<Pick<Schemas["ModelView"], "max_tokens">>;
/** An API of an earlier release takes no files, and does not say so. */
export type Models = { models: Model[] } & Omit<
  Schemas["ModelList"],
  "models" | "max_file_bytes" | "max_files" | "can_kill_worker" | "can_share" | "has_tools"
> &
  Partial<
    Pick<
      Schemas["ModelList"],
      "max_file_bytes" | "max_files" | "can_kill_worker" | "can_share" | "has_tools"
    >
  >;
export type ShareForm = Schemas["ShareRequest"];
export type ShareLink = Schemas["ShareView"];
export type ShareLinks = Schemas["ShareList"];
/** A page of what a share link shows. */
export type SharedPart = Schemas["SharedView"];
export type SharedMessage = Schemas["SharedMessage"];
export type TurnRequest = Omit<Schemas["TurnRequest"], "when_busy" | "attachments"> &
  Partial<Pick<Schemas["TurnRequest"], "when_busy" | "attachments">>;
export type TurnState = Schemas["TurnState"];
export type TurnAccepted = Schemas["TurnAccepted"];
export type OpenQuestion = Schemas["ApprovalView"];
/** An API of an earlier release knows no questions. */
export type Turn = Omit<Schemas["TurnView"], "approvals"> & { approvals?: OpenQuestion[] };
export type Hit = Schemas["Hit"];
export type SearchResults = Schemas["SearchResults"];
export type TurnEvent = Schemas["TurnEvent"];
