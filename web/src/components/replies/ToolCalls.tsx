import type { FunctionCall } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { argumentsLines } from "../../lib/argumentsText";
import { toolName } from "../../lib/visibleText";
import { ChevronIcon } from "../ui/icons";

/** What a reply calls of the tools that another program has offered: a line for each call, with its arguments folded. */
export function ToolCalls({ calls }: { calls: readonly FunctionCall[] }) {
  const { t } = useI18n();
  return calls.map(({ id, name, arguments: given }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a call keeps its place, and imported ids may be empty or equal
    <details key={`${index} ${id}`} className="thoughts tool-call" data-testid="tool-call">
      <summary>
        <ChevronIcon size={16} />
        <span>{t.toolCall(toolName(name))}</span>
      </summary>
      <div className="thoughts-body">
        {given ? (
          <pre dir="ltr" translate="no">
            {argumentsLines(given)}
          </pre>
        ) : (
          <p>{t.toolWithoutArguments}</p>
        )}
      </div>
    </details>
  ));
}
