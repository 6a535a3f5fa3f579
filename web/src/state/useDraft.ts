import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Fault } from "../api/fault";
import type { StoredFile } from "../api/schemas";
import { type DraftFile, filesAt, storedOf } from "./draftFiles";
import {
  type Content,
  draftFiles,
  draftOf,
  joined,
  keepDraft,
  onReturnedText,
  openFiles,
  returnFiles,
} from "./drafts";
import { draftText, type WrittenText } from "./draftText";
import type { FileLimits } from "./fileLimits";
import { useSelected } from "./store";
import { beginUploads, dropFile, uploadAgain } from "./uploads";

export interface Draft {
  text: WrittenText;
  files: readonly DraftFile[];
  write: (text: string) => void;
  /** Takes what is to be sent out of the draft: files that are not uploaded stay. */
  take: () => Content;
  /** Restores a question that could not be sent, before text and files added meanwhile. */
  restore: (text: string, files?: readonly StoredFile[]) => void;
  /** Removes a question that arrived after all. */
  discard: (content: Content) => void;
  /** Uploads files. Returns how many of them the draft could take. */
  attach: (files: readonly File[]) => number;
  detach: (file: DraftFile) => void;
  uploadAgain: (key: string) => void;
  markFailed: (key: string, fault: Fault) => void;
}

/** The unsent question of a session, stored in the browser. */
export function useDraft(sessionId: string | null, limits: FileLimits): Draft {
  const [text] = useState(() => draftText(draftOf(sessionId)));
  const session = useRef(sessionId);
  const files = useSelected(draftFiles, (state) => filesAt(state, sessionId ?? ""));
  useLayoutEffect(() => openFiles(sessionId), [sessionId]);

  const write = useCallback(
    (next: string) => {
      text.dispatch(next);
      keepDraft(session.current, next);
    },
    [text],
  );

  useEffect(() => {
    if (session.current === sessionId) return;
    session.current = sessionId;
    text.dispatch(draftOf(sessionId));
  }, [sessionId, text]);

  const restore = useCallback(
    (lost: string, lostFiles: readonly StoredFile[] = []) => {
      write(joined(lost, text.get()));
      returnFiles(session.current, lostFiles);
    },
    [text, write],
  );

  const take = useCallback((): Content => {
    const place = session.current ?? "";
    const taken = { text: text.get(), files: storedOf(filesAt(draftFiles.get(), place)) };
    write("");
    draftFiles.dispatch({ type: "taken", place });
    return taken;
  }, [text, write]);

  const discard = useCallback(
    ({ text: sent, files: sentFiles }: Content) => {
      if (sent === text.get()) write("");
      for (const { id } of sentFiles)
        draftFiles.dispatch({ type: "gone", place: session.current ?? "", id });
    },
    [text, write],
  );

  const { files: most, bytes } = limits;
  const attach = useCallback(
    (chosen: readonly File[]) => {
      const place = session.current ?? "";
      const room = Math.max(0, most - filesAt(draftFiles.get(), place).length);
      const taken = chosen.slice(0, room);
      if (taken.length > 0) beginUploads(draftFiles, place, taken, bytes);
      return taken.length;
    },
    [most, bytes],
  );

  useEffect(
    () =>
      onReturnedText((id, lost) => {
        if (id !== session.current) return false;
        restore(lost);
        return true;
      }),
    [restore],
  );
  return useMemo(
    () => ({
      text,
      files,
      write,
      take,
      restore,
      discard,
      attach,
      detach,
      uploadAgain: again,
      markFailed,
    }),
    [text, files, write, take, restore, discard, attach],
  );
}

const detach = (file: DraftFile) => dropFile(draftFiles, file);
const markFailed = (key: string, fault: Fault) =>
  draftFiles.dispatch({ type: "failed", key, fault });
const again = (key: string) => uploadAgain(draftFiles, key);
