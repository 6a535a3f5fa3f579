import type { ReactNode } from "react";
import { useI18n } from "../../i18n/useI18n";
import type { ReplyEntry } from "../../state/entries";
import { useModelName } from "../../state/models";
import { isOver } from "../../state/reply";
import { Byline } from "../Byline";
import { RemoveButton } from "../RemoveButton";
import { ReplyFacts } from "../ReplyFacts";
import { ResumeNote } from "../ReplyStatus";
import { CopyButton } from "../ui/CopyButton";
import { IconButton } from "../ui/IconButton";
import { RepeatIcon } from "../ui/icons";
import type { BranchActions } from "../useBranchActions";
import { VersionSwitch } from "../VersionSwitch";
import { AgainMenu } from "./AgainMenu";
import { ContinueButton } from "./ContinueButton";
import { ReadAloud } from "./ReadAloud";
import { ShareReply } from "./ShareReply";
import { VoteButtons } from "./VoteButtons";

interface ReplyActionsProps {
  entry: ReplyEntry;
  /** The name of the persona. */
  name: string;
  busy: boolean;
  /** Whether it can be asked again now. */
  repeatable: boolean;
  onAgain: () => void;
  branches: BranchActions;
  /** Further buttons, before the details. */
  more?: ReactNode;
}

/** What can be done with a reply. Buttons show on hover and focus; on the last reply and for fingers always. */
export function ReplyActions(props: ReplyActionsProps) {
  const { entry, name, busy, repeatable, onAgain, branches, more } = props;
  const { t } = useI18n();
  const { id, message, text, versions } = entry;
  const live = !isOver(entry.phase);
  const still = live && !versions && !entry.resuming && !more;
  const again = repeatable && !busy && text && entry.phase !== "failed";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields of a form
    <div
      className={`actions${entry.latest ? " shown" : ""}${still ? " still" : ""}`}
      role="group"
      aria-label={t.reply.actions}
    >
      {versions && (
        <span className="version-line">
          <VersionSwitch
            versions={versions}
            busy={live || busy}
            onShow={(version, step) => branches.show(id ?? "", version, step)}
          />
          {message?.model && <WrittenBy model={message.model} />}
        </span>
      )}
      {entry.resuming && <ResumeNote />}
      {!live && text && <CopyButton label={t.copy} text={() => text} testId="copy" />}
      {!entry.latest && <ContinueButton entry={entry} busy={busy} small />}
      {again && (
        <span className="split">
          <IconButton label={t.regenerate} className="small" testId="regenerate" onClick={onAgain}>
            <RepeatIcon size={16} />
          </IconButton>
          {id && <AgainMenu entry={entry} />}
        </span>
      )}
      {message && text && <VoteButtons message={message} />}
      {!live && id && text && <ReadAloud id={id} text={text} />}
      {!live && text && <ShareReply text={text} />}
      {more}
      {message && <ReplyFacts message={message} persona={name} />}
      {id && message && !busy && (
        <RemoveButton
          kind="assistant"
          versions={versions !== null}
          onRemove={() => branches.remove(id)}
        />
      )}
      <Byline name={name} at={message?.timestamp ?? null} />
    </div>
  );
}

/** Names the model that wrote a version, where there are several versions to compare. */
function WrittenBy({ model }: { model: string }) {
  const { t } = useI18n();
  const name = useModelName()(model);
  return (
    <span className="written-by" title={t.reply.writtenBy(name)} data-testid="written-by">
      {name}
    </span>
  );
}
