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
  /** Sends the edit. Keeps the text until the server accepts it, so that a refused edit opens again. */
  resend: (text: string) => Promise<void>;
}

/** The question in the editor, if any. */
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
