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
  const checked = useRef(new Set<string>());

  useEffect(() => {
    if (!refused) checked.current.clear();
    for (const { key, stored } of refused ? files : []) {
      if (!stored || checked.current.has(key)) continue;
      checked.current.add(key);
      fileExists(stored.id).then(
        (there) => there || markFailed(key, GONE),
        () => undefined,
      );
    }
  }, [refused, files, markFailed]);
}
