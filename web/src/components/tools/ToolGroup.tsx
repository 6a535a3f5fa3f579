import { useI18n } from "../../i18n/useI18n";
import { type Call, isWaiting } from "../../state/calls";
import { ToolCard } from "./ToolCard";

export interface ToolGroupProps {
  calls: readonly Call[];
  /** Whether the calls are whole. */
  complete: boolean;
  /** Whether the reply runs. */
  live: boolean;
  /** The turn of a reply that runs here. */
  turnId: string | null;
}

/** The calls of one request to the model, which run at the same time, as folded cards. */
export function ToolGroup({ calls, complete, live, turnId }: ToolGroupProps) {
  const { t } = useI18n();
  const waiting = isWaiting(calls);
  return (
    <ul className="tool-group" aria-label={t.tools.group(calls.length)} data-testid="tool-group">
      {calls.map((call, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a call keeps its place, and imported ids may be empty or equal
        <ToolCard key={`${index} ${call.id}`} {...{ call, complete, live, waiting, turnId }} />
      ))}
    </ul>
  );
}
