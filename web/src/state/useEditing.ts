import { useCallback, useMemo, useState } from "react";
import type { StoredFile } from "../api/schemas";
import { focusEdit } from "../lib/focus";
import type { Content } from "./drafts";

export interface Edited {
  id: string;
  text: string;
  /** The files that stay attached. */
  files?: readonly StoredFile[];
}

export interface Editing {
  edited: Edited | null;
  edit: (question: Edited) => void;
  cancel: () => void;
  /** Sends the edit. Keeps the text until the server accepts it, so that a refused edit opens again. */
  resend: (content: Content) => Promise<void>;
}

/** The question in the editor, if any. */
export function useEditing(send: (edited: Edited) => Promise<boolean>): Editing {
  const [edited, edit] = useState<Edited | null>(null);
  const id = edited?.id;

  const cancel = useCallback(() => {
    edit(null);
    if (id) focusEdit(id);
  }, [id]);

  const resend = useCallback(
    async ({ text, files }: Content) => {
      if (!id) return;
      edit({ id, text, files });
      if (await send({ id, text, files })) edit(null);
    },
    [id, send],
  );
  return useMemo(() => ({ edited, edit, cancel, resend }), [edited, cancel, resend]);
}
