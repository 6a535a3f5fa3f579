/** Why a turn has no complete reply, or a request failed, if known. */
export interface Fault {
  code: string;
  detail: string;
  retryable: boolean;
  /** Time from which the server accepts a retry, in milliseconds since the epoch. */
  retryAt?: number;
  /** Where the reader can sign in; `{url}` in it stands for the address to come back to. */
  signIn?: string;
}
