import { useCallback, useMemo, useState } from "react";
import { focusEdit } from "../lib/focus";

export interface Edited {
  id: string;
  text: string;
}

export interface Editing {
  edited: Edited | null;
  edit: (question: Edited) => void;
  cancel: () => void;
  /** Sends it; the text stays until the server has it, so that a refused edit opens again as it was. */
  resend: (text: string) => Promise<void>;
}

/** The question that is being edited, if any. */
export function useEditing(send: (id: string, text: string) => Promise<boolean>): Editing {
  const [edited, edit] = useState<Edited | null>(null);
  const id = edited?.id;

  const cancel = useCallback(() => {
    edit(null);
    if (id) focusEdit(id);
  }, [id]);

  const resend = useCallback(
    async (text: string) => {
      if (!id) return;
      edit({ id, text });
      if (await send(id, text)) edit(null);
    },
    [id, send],
  );
  return useMemo(() => ({ edited, edit, cancel, resend }), [edited, cancel, resend]);
}
