import {
  type ComponentProps,
  memo,
  type ReactNode,
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Persona } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import type { Conversation } from "../state/conversation";
import {
  type Entry,
  isLive,
  type ReplyEntry,
  shownReplaced,
  storedEntries,
  tailOf,
} from "../state/entries";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";
import type { Editing } from "../state/useEditing";
import type { StickyBottom } from "../state/useStickyBottom";
import { Busy, busyStore, useBusy } from "./busy";
import { EarlierMessages } from "./EarlierMessages";
import { farAmong, group, grouped } from "./logGroups";
import { NewVersion } from "./NewVersion";
import { QuestionEditor } from "./QuestionEditor";
import { QuestionView } from "./QuestionView";
import { ReplyView } from "./ReplyView";
import { DownIcon } from "./ui/icons";
import type { BranchActions } from "./useBranchActions";

interface LogProps {
  store: ConversationStore;
  personas: Record<string, Persona>;
  role: string;
  busy: boolean;
  sticky: StickyBottom;
  onReload: () => Promise<void>;
  /** Shown in place of an empty conversation. */
  empty: ReactNode;
  /** Shown below the messages. */
  later: ReactNode;
  onAgain: (entry: ReplyEntry) => void;
  editing: Editing;
  branches: BranchActions;
}

export const Log = memo(function Log(props: LogProps) {
  const { store, sticky, empty, later, onReload, busy } = props;
  const { t } = useI18n();
  const trimmed = useSelected(store, (state) => state.trimmed && !state.earlier);
  const base = useSelected(store, (state) => state.base);
  const draw = useDrawing(props);
  const [shared] = useState(() => busyStore(busy));
  useLayoutEffect(() => shared.dispatch(busy), [shared, busy]);
  const drawn = useRef(0);
  const entries = useStoredEntries(store);
  // Reuses the elements of stored entries, so that a delta renders only its own reply.
  const groups = useMemo(() => {
    const late = farAmong(entries.length, drawn.current);
    drawn.current = entries.length;
    return grouped(
      entries.map((entry, index) => draw(entry, index < late)),
      base,
    );
  }, [entries, draw, base]);
  const tail = tailOf(useSelected(store, (state) => state));
  const jump = sticky.news ? t.newText : t.toBottom;
  const failed = useSelected(store, hasFailed);
  const isEmpty = entries.length === 0 && !tail;
  const goesOn = useSelected(store, (state) => state.later);
  // What is read of another branch has a button of its own that leads to the newest message.
  const isOther = useSelected(store, (state) => state.otherBranch !== null);
  const isAway = sticky.away && !isEmpty && !isOther;
  const hasRoom = goesOn && !isOther;

  return (
    <div className={isAway ? "scroller away" : "scroller"} ref={sticky.box}>
      <div className={hasRoom ? "column goes-on" : "column"} ref={sticky.content}>
        {!isEmpty && <h1 className="visually-hidden">{t.conversation}</h1>}
        <EarlierMessages store={store} reload={onReload} box={sticky.box} />
        {trimmed && (
          <p className="trimmed" data-testid="trimmed">
            {t.trimmed}
          </p>
        )}
        <div
          className={isEmpty && failed ? "log failed" : "log"}
          role="log"
          tabIndex={-1}
          aria-live="off"
          aria-label={t.conversation}
          data-testid="log"
        >
          {isEmpty && empty}
          <Busy value={shared}>
            {[
              ...groups.full,
              group(groups.next, tail ? [...groups.rest, draw(tail)] : groups.rest),
            ]}
          </Busy>
        </div>
        {later}
      </div>
      {isAway && (
        <button
          type="button"
          className="to-bottom"
          data-testid="to-bottom"
          data-news={sticky.news}
          aria-label={jump}
          title={jump}
          onClick={sticky.toBottom}
        >
          <DownIcon size={20} />
        </button>
      )}
    </div>
  );
});

const hasFailed = (state: Conversation) => state.load === "failed";

const sending = (state: Conversation) => state.before !== null;

function useStoredEntries(store: ConversationStore): Entry[] {
  const part = {
    messages: useSelected(store, (state) => state.messages),
    outcomes: useSelected(store, (state) => state.outcomes),
    sending: useSelected(store, sending),
    edit: useSelected(store, (state) => state.edit),
    replaced: useSelected(store, shownReplaced),
    live: useSelected(store, isLive),
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the slice is a new array, its entries are not
  return useMemo(() => storedEntries(part), Object.values(part));
}

/** Renders an entry. The function changes only if something changes for all entries. */
function useDrawing({ store, personas, role, onAgain, editing, branches }: LogProps) {
  const { edited, edit, cancel, resend } = editing;
  const next = useMemo(() => <NewVersion store={store} />, [store]);
  return useCallback(
    (entry: Entry, late = false) => {
      if (entry.kind === "reply") {
        const { name = entry.message?.persona_name ?? "" } = personas[entry.persona ?? role] ?? {};
        return (
          <ReplyView
            key={entry.key}
            entry={entry}
            name={name}
            onAgain={onAgain}
            branches={branches}
            next={entry.replaced ? next : null}
            late={late}
          />
        );
      }
      return entry.id !== null && edited?.id === entry.id ? (
        <Editor
          key={entry.key}
          text={edited.text}
          {...(edited.files ? { files: edited.files } : {})}
          onCancel={cancel}
          onSend={(content) => void resend(content)}
        />
      ) : (
        <QuestionView key={entry.key} entry={entry} onEdit={edit} branches={branches} late={late} />
      );
    },
    [personas, role, onAgain, edited, edit, cancel, resend, branches, next],
  );
}

const Editor = (props: Omit<ComponentProps<typeof QuestionEditor>, "busy">) => (
  <QuestionEditor {...props} busy={useBusy()} />
);
