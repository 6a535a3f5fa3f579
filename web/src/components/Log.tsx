import { type ReactNode, useState } from "react";
import type { Persona } from "../api/types";
import { useI18n } from "../i18n/useI18n";
import type { Entry, ReplyEntry } from "../state/entries";
import type { StickyBottom } from "../state/useStickyBottom";
import { DownIcon } from "./icons";
import { QuestionEditor } from "./QuestionEditor";
import { QuestionView } from "./QuestionView";
import { ReplyView } from "./ReplyView";

interface LogProps {
  entries: Entry[];
  personas: Record<string, Persona>;
  role: string;
  busy: boolean;
  sticky: StickyBottom;
  /** Stands above the conversation and scrolls with it. */
  lead: ReactNode;
  /** Shown in place of an empty conversation. */
  empty: ReactNode;
  onAgain: (entry: ReplyEntry) => void;
  onResend: (id: string, text: string) => Promise<boolean>;
}

export function Log(props: LogProps) {
  const { entries, personas, role, busy, sticky, lead, empty, onAgain, onResend } = props;
  const { t } = useI18n();
  const [editing, setEditing] = useState<{ id: string; text: string } | null>(null);

  // The text stays until the server has it: a refused edit opens again as it was.
  const resend = async (id: string, text: string) => {
    setEditing({ id, text });
    if (await onResend(id, text)) setEditing(null);
  };

  return (
    <div className="scroller" ref={sticky.box}>
      <div className="column" ref={sticky.content}>
        {entries.length > 0 && <h1 className="visually-hidden">{t.conversation}</h1>}
        {lead}
        <div
          className="log"
          role="log"
          aria-live="off"
          aria-label={t.conversation}
          data-testid="log"
        >
          {entries.length === 0 && empty}
          {entries.map((entry) => {
            if (entry.kind === "reply") {
              const persona = personas[entry.persona ?? role];
              return (
                <ReplyView
                  key={entry.key}
                  entry={entry}
                  icon={persona?.icon ?? ""}
                  name={persona?.name ?? ""}
                  busy={busy}
                  onAgain={onAgain}
                />
              );
            }
            return entry.id !== null && editing?.id === entry.id ? (
              <QuestionEditor
                key={entry.key}
                text={editing.text}
                busy={busy}
                onCancel={() => setEditing(null)}
                onSend={(text) => void resend(editing.id, text)}
              />
            ) : (
              <QuestionView
                key={entry.key}
                entry={entry}
                busy={busy}
                onEdit={({ id, text }) => id && setEditing({ id, text })}
              />
            );
          })}
        </div>
      </div>
      {sticky.away && entries.length > 0 && (
        <button
          type="button"
          className="to-bottom"
          data-testid="to-bottom"
          aria-label={busy ? t.newText : t.toBottom}
          onClick={sticky.toBottom}
        >
          <DownIcon size={16} />
          {busy ? t.newText : t.toBottom}
        </button>
      )}
    </div>
  );
}
