import { useEffect } from "react";
import type { Catalogue } from "../i18n/catalogue";
import { lostSentence, sentenceFor } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { plainText } from "../lib/plainText";
import type { Conversation } from "../state/conversation";
import { type Entry, entriesOf, type ReplyEntry, tailOf } from "../state/entries";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";

function progressOf(t: Catalogue, entry: ReplyEntry): string {
  switch (entry.phase) {
    case "queued":
      return t.queued(entry.position);
    case "thinking":
    case "streaming":
      return t.thinking;
    case "retrying":
      return sentenceFor(t, { code: entry.retry?.reason ?? "", detail: t.retrying(0) });
    case "restarted":
      return t.restarted;
    case "stopped":
      return t.stopped;
    case "failed":
      return entry.fault ? sentenceFor(t, entry.fault) : t.problem.internal_error;
    case "done":
      return t.replyDone + plainText(entry.text);
  }
}

export function announcement(t: Catalogue, entries: readonly Entry[], watched: boolean): string {
  const last = entries.at(-1);
  if (!watched || last?.kind !== "reply") return "";
  return last.connected ? progressOf(t, last) : lostSentence(t, last.refusal);
}

/** The running reply, otherwise the newest entry. Avoids a pass through a long history for every delta. */
const newest = (state: Conversation): Entry[] => {
  const tail = tailOf(state);
  return tail ? [tail] : entriesOf({ ...state, messages: state.messages.slice(-1) });
};

interface AnnouncerProps {
  store: ConversationStore;
  /** True after a reply ran while this conversation was open, so that old replies are not read out on opening. */
  watched: boolean;
  notice: string;
}

/** Announces the progress of the conversation in the live region, each step once. */
export function Announcer({ store, watched, notice }: AnnouncerProps) {
  const { t } = useI18n();
  const news = useSelected(store, (state) => announcement(t, newest(state), watched));
  const text = notice || news;
  // An empty text must not interrupt another announcement.
  useEffect(() => {
    if (text) announce(text);
  }, [text]);
  return null;
}
