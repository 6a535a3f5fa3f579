import { useCallback, useEffect, useState } from "react";
import type { Fault } from "../api/fault";
import { faultOf } from "../api/http";
import type { ApiTokens, NewApiToken, TokenForm } from "../api/schemas";
import { listTokens, makeToken, revokeToken } from "../api/tokens";

export interface TokenControls {
  list: ApiTokens | null;
  /** Why the list is not there, or why the last revocation failed. */
  fault: Fault | null;
  reload: () => void;
  /** Makes a token. Throws `Problem`. */
  make: (form: TokenForm) => Promise<NewApiToken>;
  /** Returns whether the token is revoked. */
  revoke: (id: string) => Promise<boolean>;
}

/** The reader's API tokens. */
export function useTokens(): TokenControls {
  const [list, setList] = useState<ApiTokens | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);

  const load = useCallback(async () => {
    try {
      setList(await listTokens());
      setFault(null);
    } catch (error) {
      setFault(faultOf(error));
    }
  }, []);
  useEffect(() => void load(), [load]);

  return {
    list,
    fault,
    reload: () => void load(),
    make: async (form) => {
      const made = await makeToken(form);
      void load();
      return made;
    },
    revoke: async (id) => {
      try {
        await revokeToken(id);
      } catch (error) {
        const why = faultOf(error);
        if (why.code !== "unknown_api_token") {
          setFault(why);
          return false;
        }
      }
      await load();
      return true;
    },
  };
}
