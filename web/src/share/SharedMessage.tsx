import { Fragment, memo } from "react";
import type { Attachment, SharedMessage } from "../api/schemas";
import { Byline } from "../components/Byline";
import { MessageFiles } from "../components/files/MessageFiles";
import { QuestionText } from "../components/QuestionText";
import { StateIcon } from "../components/tools/StateLabel";
import { CopyButton } from "../components/ui/CopyButton";
import type { Catalogue } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { languageOf } from "../lib/language";
import { toolName } from "../lib/visibleText";
import { Markdown } from "../markdown/LazyMarkdown";
import { partsOf, type SharedCalls } from "./shared";

interface SharedMessageProps {
  message: SharedMessage;
}

const sameMessage = (one: SharedMessageProps, other: SharedMessageProps) =>
  one.message.id === other.message.id;

/** What was asked, with its files. */
export const SharedQuestion = memo(function SharedQuestion({ message }: SharedMessageProps) {
  const { t } = useI18n();
  return (
    <article className="question" aria-label={t.shared.question} data-testid="message">
      <MessageFiles files={filesOf(message)} />
      {message.content && <QuestionText text={message.content} />}
      <div className="actions">
        <Byline name="" at={message.timestamp} />
        <CopyButton label={t.copy} text={() => message.content} testId="copy" />
      </div>
    </article>
  );
}, sameMessage);

/** A finished reply. */
export const SharedReply = memo(function SharedReply({ message }: SharedMessageProps) {
  const { t } = useI18n();
  const { content, model } = message;
  const status = statusOf(message, t);
  return (
    <article className="reply" aria-label={model ?? t.shared.reply} data-testid="message">
      <div className="bubble">
        {partsOf(message).map(({ text, calls }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a part keeps its place
          <Fragment key={index}>
            {text && <Markdown text={text} lang={languageOf(text.slice(0, 600))} />}
            <Calls calls={calls} />
          </Fragment>
        ))}
        {status && <p className="status">{status}</p>}
      </div>
      <div className="actions">
        <CopyButton label={t.copy} text={() => content} testId="copy" />
        <Byline name={model ?? ""} at={message.timestamp} />
      </div>
    </article>
  );
}, sameMessage);

/** The tools that were called, by their names and how that ended: a link shows neither arguments nor results. */
function Calls({ calls }: { calls: SharedCalls }) {
  const { t } = useI18n();
  if (calls.length === 0) return null;
  return (
    <ul className="tool-group" aria-label={t.tools.used} data-testid="shared-calls">
      {calls.map(({ title, server, status }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: calls keep their places
        <li className="tool-card tool-head" key={index}>
          <StateIcon state={status ?? "cut"} />
          <span className="tool-name" dir="auto">
            <b>{toolName(title)}</b>
            <small>{toolName(server)}</small>
          </span>
          <span className={`tool-state of-${status}`}>{t.tools.states[status ?? "cut"]}</span>
        </li>
      ))}
    </ul>
  );
}

const filesOf = ({ files }: SharedMessage): Attachment[] =>
  files.map(({ width, height, ...file }) => ({
    ...file,
    ...(width && height ? { width, height } : {}),
  }));

function statusOf({ finish_reason: reason, content }: SharedMessage, t: Catalogue): string {
  if (reason === "cancelled") return content ? t.stopped : t.stoppedEmpty;
  if (reason === "length") return t.goingOn.atLength;
  if (reason === "content_filter") return t.cutByFilter;
  if (reason === "error") return t.problem.reply_cut;
  return "";
}
