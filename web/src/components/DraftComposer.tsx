import { useCallback } from "react";
import type { Fault } from "../api/fault";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { named } from "../lib/droppedFiles";
import { focusComposer } from "../lib/focus";
import { LONG_PASTE, pastedFile } from "../lib/pastedText";
import { isTouch } from "../lib/pointer";
import { lengthOf } from "../lib/typing";
import { useWritten, type WrittenText } from "../state/draftText";
import type { ChoiceControls } from "../state/useChoice";
import type { Draft } from "../state/useDraft";
import { Composer, type ComposerProps } from "./Composer";
import { AttachButton } from "./files/AttachButton";
import { DraftFileList } from "./files/DraftFileList";
import { DropZone } from "./files/DropZone";
import { isBlind } from "./files/useObstacle";
import { usePastedFiles } from "./files/usePastedFiles";
import { VisionNote } from "./files/VisionNote";
import { ThinkSwitch } from "./ThinkSwitch";

interface DraftComposerProps
  extends Omit<ComposerProps, "text" | "above" | "children" | "onAttachText" | "onPaste"> {
  draft: Draft;
  choice: Pick<ChoiceControls, "model" | "thinking" | "chooseModel" | "chooseThinking">;
  /** Whether the server takes files; null until that is known. */
  attachable: boolean | null;
  /** Called when not all files can be attached. */
  onFault: (fault: Fault) => void;
}

const TOO_MANY = { code: "too_many_files", detail: "", retryable: false };
const FOLDER = { code: "folder_dropped", detail: "", retryable: false };

/** The composer with the files of the draft, and all the ways to attach some. */
export function DraftComposer(props: DraftComposerProps) {
  const { draft, choice, attachable, onFault, ...rest } = props;
  const { t } = useI18n();
  const { attach: upload } = draft;
  const { model, thinking, chooseModel, chooseThinking } = choice;
  const blind = isBlind(draft.files, model);

  const attach = useCallback(
    (files: readonly File[]) => {
      const taken = upload(files);
      if (taken > 0) announce(t.filesAdded(taken));
      if (taken < files.length) onFault(TOO_MANY);
      // On a touch screen the focus would open the keyboard over the conversation.
      if (files.length > 0 && !isTouch()) focusComposer();
      return taken;
    },
    [upload, onFault, t],
  );
  const attachText = (text: string, rest: string, at = rest.length) => {
    const names = draft.files.map(({ name }) => name);
    const file = pastedFile(text, at, t.pastedName, names);
    if (attach([file]) === 0) return false;
    draft.write(rest);
    return true;
  };
  const pasteText = (text: string, from: number, to: number) => {
    const written = draft.text.get();
    const rest = written.slice(0, from) + written.slice(to);
    return lengthOf(text) > LONG_PASTE && attachText(text, rest, from);
  };
  const paste = (files: File[]) => void attach(named(files, t.pictureName, new Date()));
  usePastedFiles(attachable ? paste : null);

  return (
    <>
      {attachable && (
        <DropZone
          onDrop={({ files, folder }) => {
            attach(files);
            if (folder) onFault(FOLDER);
          }}
        />
      )}
      <WrittenComposer
        {...rest}
        written={draft.text}
        above={
          <>
            <DraftFileList draft={draft} blind={blind ? (model?.label ?? "") : ""} />
            {blind && model && <VisionNote model={model} onChoose={chooseModel} />}
          </>
        }
        onAttachText={attachable ? attachText : null}
        onPaste={attachable ? pasteText : null}
      >
        {attachable === null && <span className="icon-button attach" aria-hidden="true" />}
        {attachable && <AttachButton onFiles={attach} />}
        <ThinkSwitch on={thinking} onTurn={chooseThinking} />
      </WrittenComposer>
    </>
  );
}

interface WrittenComposerProps extends Omit<ComposerProps, "text"> {
  written: WrittenText;
}

/** The only part of the page that a key renders. */
const WrittenComposer = ({ written, ...rest }: WrittenComposerProps) => (
  <Composer {...rest} text={useWritten(written)} />
);
