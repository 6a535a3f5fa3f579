import { useState } from "react";
import type { Attachment, ToolImage } from "../../api/schemas";
import { sentences } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { argumentsLines, argumentsText } from "../../lib/argumentsText";
import { toolLine, toolText } from "../../lib/visibleText";
import type { Call, CallState } from "../../state/calls";
import { MessagePicture } from "../files/MessagePicture";
import { PictureViewer } from "../files/PictureViewer";
import { CopyButton } from "../ui/CopyButton";
import { ChevronIcon } from "../ui/icons";

interface CallDetailsProps {
  call: Call;
  state: CallState;
}

/** The arguments of a call and its result: plain text, whatever a tool may have written into it. */
export function CallDetails({ call, state }: CallDetailsProps) {
  const { t } = useI18n();
  const { content = "", images = [], status } = call;
  return (
    <>
      <Decided call={call} />
      <Arguments given={call.arguments} />
      <Explained call={call} state={state} />
      {status && content && isOurs(call) && <ForModel content={content} />}
      {status && content && !isOurs(call) && (
        <PlainText
          name={t.tools.result}
          text={toolText(content)}
          copied={content}
          copy={t.tools.copyResult}
          testId="tool-result"
        />
      )}
      {status === "ok" && !content && images.length === 0 && (
        <p className="tool-empty">{t.tools.noResult}</p>
      )}
      {images.length > 0 && <Pictures images={images} />}
    </>
  );
}

/** Whether the text of the result is a sentence of ours to the model, because the tool gave none. */
const isOurs = ({ status, code }: Call) => Boolean(code) || (status !== "ok" && status !== "error");

/** What the model got in place of a result: folded, because the line above it says the same in other words. */
function ForModel({ content }: { content: string }) {
  const { t } = useI18n();
  return (
    <details className="tool-for-model">
      <summary>
        <ChevronIcon size={14} />
        {t.tools.forModel}
      </summary>
      <pre dir="auto" translate="no" data-testid="tool-for-model">
        {toolText(content)}
      </pre>
    </details>
  );
}

/** The arguments in several lines, also while the model writes them. */
export function Arguments({ given }: { given: string }) {
  const { t } = useI18n();
  const text = argumentsLines(given);
  if (!text || text === "{}") return <p className="tool-empty">{t.toolWithoutArguments}</p>;
  return (
    <PlainText
      name={t.tools.arguments}
      text={text}
      copied={argumentsText(given)}
      copy={t.tools.copyArguments}
      testId="tool-arguments"
      isCode
    />
  );
}

interface PlainTextProps {
  name: string;
  text: string;
  copied: string;
  copy: string;
  testId: string;
  isCode?: boolean;
}

function PlainText({ name, text, copied, copy, testId, isCode = false }: PlainTextProps) {
  return (
    <div className="tool-part">
      <div className="tool-part-head">
        <span>{name}</span>
        <CopyButton label={copy} text={() => copied} testId={`copy-${testId}`} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it */}
      <pre tabIndex={0} dir={isCode ? "ltr" : "auto"} translate="no" data-testid={testId}>
        {text}
      </pre>
    </div>
  );
}

/** What the reader decided about the call. */
function Decided({ call: { approval } }: { call: Call }) {
  const { t } = useI18n();
  if (!approval || approval.state === "asked") return null;
  return (
    <p className="tool-said">
      {sentences(
        t.tools.decided[approval.state],
        approval.note ? t.tools.yourWord(toolLine(approval.note)) : "",
      )}
    </p>
  );
}

/** Why there is no result, or none that can be relied on. */
function Explained({ call, state }: CallDetailsProps) {
  const { t } = useI18n();
  const failures: Record<string, string> = t.tools.failures;
  const notes: Partial<Record<CallState, string>> = t.tools.notes;
  const byUser = state === "denied" && call.approval?.state === "denied";
  const text = failures[call.code ?? ""] ?? (byUser ? undefined : notes[state]);
  if (!text) return null;
  return <p className={`tool-said of-${state}`}>{text}</p>;
}

/** The pictures of a result, which open as those of questions do. */
function Pictures({ images }: { images: readonly ToolImage[] }) {
  const { t } = useI18n();
  const [viewed, setViewed] = useState<string | null>(null);
  const pictures = images.map(
    (image, index): Attachment => ({
      ...image,
      name: t.tools.picture(index + 1),
      size: 0,
      kind: "image",
    }),
  );
  return (
    <div className="message-files" data-testid="tool-pictures">
      <ul className="pictures" aria-label={t.picturesOf(pictures.length)}>
        {pictures.map((picture) => (
          <li key={picture.id}>
            <MessagePicture
              picture={picture}
              alone={pictures.length === 1}
              onView={() => setViewed(picture.id)}
            />
          </li>
        ))}
      </ul>
      {viewed && (
        <PictureViewer pictures={pictures} first={viewed} onClose={() => setViewed(null)} />
      )}
    </div>
  );
}
