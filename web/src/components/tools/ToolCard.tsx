import { memo, useId, useState } from "react";
import type { Approval } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { toolLine } from "../../lib/visibleText";
import { type Call, type CallState, callState, nameOf, serverOf } from "../../state/calls";
import { ChevronIcon } from "../ui/icons";
import { CallDetails } from "./CallDetails";
import { Question } from "./Question";
import { ProgressLine, StateIcon, StateLabel } from "./StateLabel";

interface ToolCardProps {
  call: Call;
  complete: boolean;
  live: boolean;
  /** Whether the reader has questions about calls of this step to answer. */
  waiting: boolean;
  turnId: string | null;
}

/** What is said below the folded line, because it must not be missed. */
const NOTED: readonly CallState[] = ["unknown", "cut"];

const SAID: readonly CallState[] = ["allowed", "refused", "answered"];

/** A call of a tool: a line with its state, that unfolds to arguments and result; or a question about it. */
export const ToolCard = memo(function ToolCard(props: ToolCardProps) {
  const { call, complete, live, waiting, turnId } = props;
  const { t } = useI18n();
  const body = useId();
  const [unfolded, setUnfolded] = useState(false);
  const state = callState(call, live, complete, waiting);
  const asks = state === "asked" && turnId !== null;
  const open = unfolded || asks;
  const notes: Partial<Record<CallState, string>> = t.tools.notes;
  return (
    <li className="tool-card" data-testid="tool-card" data-call-state={state}>
      <button
        type="button"
        className="tool-head"
        aria-expanded={open}
        aria-controls={body}
        aria-disabled={asks}
        data-testid="tool-head"
        onClick={() => !asks && setUnfolded(!unfolded)}
      >
        <StateIcon state={state} />
        <span className="tool-name" dir="auto">
          <b>{nameOf(call)}</b>
          <small>
            {(state === "running" && toolLine(call.progress?.message ?? "")) || serverOf(call)}
          </small>
        </span>
        <StateLabel call={call} state={state} />
        {!asks && <ChevronIcon size={16} />}
        {state === "running" && <ProgressLine call={call} />}
      </button>
      {NOTED.includes(state) && !open && <p className="tool-note">{notes[state]}</p>}
      {waiting && SAID.includes(state) && <p className="tool-note">{t.tools.waitsForOthers}</p>}
      <div id={body} className="tool-body" hidden={!open}>
        {asks &&
          call.asked.map((approval) => (
            <Question key={keyOf(approval)} call={call} approval={approval} turnId={turnId} />
          ))}
        {open && !asks && <CallDetails call={call} state={state} />}
      </div>
    </li>
  );
});

/** One question may be asked after another one under the same id. */
const keyOf = ({ id, revision }: Approval) => `${id} ${revision ?? ""}`;
