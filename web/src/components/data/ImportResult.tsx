import { useEffect } from "react";
import type { Fault } from "../../api/fault";
import type { Catalogue } from "../../i18n/catalogue";
import { sentenceFor, sentences } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { type Importing, leftOutOf, takenOf } from "../../state/importing";
import type { ImportControls } from "../../state/useImporting";
import { ConversationList } from "./ConversationList";
import { RefusedFiles } from "./RefusedFiles";

/** What an import would do, did, or why it ended. */
export function ImportResult({ importing }: { importing: ImportControls }) {
  const { t } = useI18n();
  const { state, confirm, leave } = importing;
  const taken = takenOf(state);
  const leftOut = leftOutOf(state);
  const preview = state.phase === "preview";
  const summary = summaryOf(t, state, taken.length);
  useEffect(() => announce(summary), [summary]);

  return (
    <div data-testid={preview ? "import-preview" : "import-report"}>
      <p className={state.phase === "failed" ? "data-summary danger" : "data-summary"}>{summary}</p>
      <ConversationList name={preview ? t.importTaken : t.importDone} rows={taken} />
      <ConversationList name={t.importLeftOut} rows={leftOut} />
      <RefusedFiles state={state} />
      <Parts state={state} />
      <div className="dialog-buttons">
        <button type="button" className="button" data-testid="leave-import" onClick={leave}>
          {preview ? t.cancel : state.phase === "failed" ? t.back : t.done}
        </button>
        {preview && taken.length > 0 && (
          <button
            type="button"
            className="button primary"
            data-testid="confirm-import"
            onClick={confirm}
          >
            {t.importConfirm(taken.length)}
          </button>
        )}
      </div>
    </div>
  );
}

function summaryOf(t: Catalogue, { phase, end, fault, changed }: Importing, taken: number): string {
  const kept = changed && taken > 0 ? t.importKept(taken) : "";
  if (phase === "failed" && fault) return sentences(problemOf(t, fault), kept);
  if (phase === "stopped") return sentences(t.importStopped, kept);
  if (taken === 0) return t.importNothing;
  const messages = end?.messages ?? 0;
  return phase === "preview" ? t.importWould(taken, messages) : t.importHas(taken, messages);
}

/** "invalid_request" and others are about messages; about files the server's own sentence says more. */
const problemOf = (t: Catalogue, fault: Fault) =>
  fault.code === "body_too_large" ? t.problem.import_too_large : sentenceFor(t, fault);

/** Parts of conversations that are left out or changed, with their numbers. */
function Parts({ state }: { state: Importing }) {
  const { t } = useI18n();
  const parts = Object.entries(state.end?.parts ?? {});
  if (parts.length === 0) return null;
  const names = t.importParts as Record<string, string>;
  return (
    <div className="data-parts" data-testid="import-parts">
      <h3>{t.importChanged}</h3>
      <ul>
        {parts.map(([part, { count, detail }]) => (
          <li key={part}>
            <b>{t.times(count)}</b> {names[part] ?? detail}
          </li>
        ))}
      </ul>
    </div>
  );
}
