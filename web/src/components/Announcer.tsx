import { useEffect } from "react";
import type { Catalogue } from "../i18n/catalogue";
import { askingSentence, sentenceFor, sentences } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { plainText } from "../lib/plainText";
import { isMac, keysOf } from "../lib/shortcuts";
import { openQuestion, questionsOf, serverOf, nameOf as toolOf } from "../state/calls";
import type { Conversation } from "../state/conversation";
import { activeReply, entriesOf, type ReplyEntry } from "../state/entries";
import { useModelName } from "../state/models";
import { isOver } from "../state/reply";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";

type NameOf = (modelId: string) => string;

/** The words of the reply that ended last: each later change of the conversation asks for them again. */
let latest = { text: "", words: "" };

function wordsOf(text: string): string {
  if (text !== latest.text) latest = { text, words: plainText(text) };
  return latest.words;
}

function retrySentence(t: Catalogue, { retry, asked }: ReplyEntry, nameOf: NameOf): string {
  if (retry?.model) return askingSentence(t, retry, asked, nameOf);
  return sentenceFor(t, { code: retry?.reason ?? "", detail: t.retrying(0) });
}

function progressOf(t: Catalogue, entry: ReplyEntry, running: string, nameOf: NameOf): string {
  switch (entry.phase) {
    case "queued":
      return t.queued(entry.position);
    case "thinking":
    case "streaming":
      return questionSentence(t, entry) || running;
    case "retrying":
      return retrySentence(t, entry, nameOf);
    case "restarted":
      return t.restarted;
    case "stopped":
      return t.stopped;
    case "failed":
      return entry.fault ? sentenceFor(t, entry.fault) : t.problem.internal_error;
    case "done":
      return entry.finishReason === "length"
        ? `${t.replyDone}${wordsOf(entry.text)} ${t.goingOn.atLength}`
        : t.replyDone + wordsOf(entry.text);
  }
}

/** Returns what a reply asks its reader; empty if it asks nothing. */
function questionSentence(t: Catalogue, { steps }: ReplyEntry): string {
  const open = openQuestion(steps);
  if (!open) return "";
  const { call, approval } = open;
  const name = toolOf(call);
  const { say, sayInput, sayMore, goTo } = t.tools.ask;
  const question = approval.kind === "input" ? sayInput(name) : say(name, serverOf(call));
  // The number makes each of several equal questions news.
  const more = questionsOf(steps).length - 1;
  const keys = keysOf("answer", isMac()).join(" + ");
  return sentences(question, more > 0 ? sayMore(more) : "", goTo(keys));
}

function runningWords(t: Catalogue, { replaced }: Conversation): string {
  if (!replaced) return t.thinking;
  return replaced.continues ? t.goingOn.running : t.rewriting;
}

/** A reply that went on is read out from where it did: what was there before has been. */
function withoutBeginning(entry: ReplyEntry, { goneOn }: Conversation): ReplyEntry {
  if (!goneOn || entry.key !== `r:${goneOn.turnId}`) return entry;
  return { ...entry, text: entry.text.slice(goneOn.before) };
}

/** The reply that runs or ran here last, if it is the newest entry; old replies are not read out. */
function newsOf(state: Conversation): ReplyEntry | null {
  const active = activeReply(state);
  if (active || state.edit) return active;
  // Avoids a pass through a long history for every delta.
  const last = entriesOf({ ...state, messages: state.messages.slice(-1) }).at(-1);
  return last?.kind === "reply" && last.key === `r:${state.watched}` ? last : null;
}

/** Returns what is to be said about the progress of the conversation; empty if there is no news. */
export function announcement(
  t: Catalogue,
  state: Conversation,
  nameOf: NameOf = (id) => id,
): string {
  const entry = newsOf(state);
  if (!entry) return "";
  // The line about the connection is announced by itself.
  if (!entry.connected) return "";
  // The reply before it has just been announced.
  if (entry.key === `r:${state.next}` && !entry.text && entry.phase === "thinking") return "";
  const rewriting = state.replaced?.shown ?? false;
  // A notice says why the new version was lost.
  if (rewriting && isOver(entry.phase)) return "";
  return progressOf(t, withoutBeginning(entry, state), runningWords(t, state), nameOf);
}

/** Milliseconds in which the questions of one step arrive, so that they are announced once. */
const TOGETHER = 300;

function isAsking(state: Conversation): boolean {
  const entry = newsOf(state);
  return entry !== null && openQuestion(entry.steps) !== null;
}

interface AnnouncerProps {
  store: ConversationStore;
  notice: string;
}

/** Announces the progress of the conversation in the live region, each step once. */
export function Announcer({ store, notice }: AnnouncerProps) {
  const { t } = useI18n();
  const nameOf = useModelName();
  const news = useSelected(store, (state) => announcement(t, state, nameOf));
  const text = notice || news;
  // An empty text must not interrupt another announcement.
  useEffect(() => {
    if (!text) return;
    if (!isAsking(store.get())) return announce(text);
    const timer = setTimeout(() => announce(text), TOGETHER);
    return () => clearTimeout(timer);
  }, [text, store]);
  return null;
}
