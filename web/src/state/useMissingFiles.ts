import { useEffect, useRef } from "react";
import { fileExists } from "../api/files";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";
import type { Draft } from "./useDraft";

const GONE = { code: "unknown_file", detail: "", retryable: false };

/** Finds out which files of the draft the server has no more, where it refused a question for that. */
export function useMissingFiles(
  store: ConversationStore,
  { files, markFailed }: Pick<Draft, "files" | "markFailed">,
): void {
  const refused = useSelected(store, ({ fault }) => fault?.code === GONE.code);
  const current = useRef(files);
  current.current = files;
  useEffect(() => {
    if (!refused) return;
    for (const { key, stored } of current.current) {
      if (!stored) continue;
      fileExists(stored.id).then(
        (there) => there || markFailed(key, GONE),
        () => undefined,
      );
    }
  }, [refused, markFailed]);
}
