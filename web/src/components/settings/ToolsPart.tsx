import { useCallback, useEffect, useState } from "react";
import type { Fault } from "../../api/fault";
import { faultOf } from "../../api/http";
import type { ToolServer } from "../../api/schemas";
import { listTools } from "../../api/tools";
import { sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { toolLine, toolText } from "../../lib/visibleText";
import { ChevronIcon } from "../ui/icons";

/** The tool servers that models may use, with their tools. */
export function ToolsPart() {
  const { t } = useI18n();
  const [servers, setServers] = useState<readonly ToolServer[] | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const load = useCallback(async () => {
    setFault(null);
    await listTools().then(setServers, (error: unknown) => setFault(faultOf(error)));
  }, []);
  useEffect(() => void load(), [load]);
  return (
    <div data-testid="tools-part">
      <p className="settings-lead">{t.tools.list.text}</p>
      {fault && (
        <p className="data-note danger" role="alert">
          {sentenceFor(t, fault)}{" "}
          <button type="button" className="button small" onClick={() => void load()}>
            {t.retry}
          </button>
        </p>
      )}
      {servers?.length === 0 && <p className="settings-empty">{t.tools.list.none}</p>}
      {servers?.map((server) => (
        <Server key={server.name} server={server} />
      ))}
    </div>
  );
}

function Server({ server: { title, is_up, tools = [] } }: { server: ToolServer }) {
  const { t } = useI18n();
  const { list } = t.tools;
  return (
    <details className="tool-server" data-testid="tool-server">
      <summary>
        <span className={is_up ? "server-light up" : "server-light"} aria-hidden="true" />
        <b dir="auto">{toolLine(title)}</b>
        <span className="server-state">{is_up ? list.count(tools.length) : list.down}</span>
        <ChevronIcon size={16} />
      </summary>
      {tools.length === 0 && <p className="settings-empty">{list.none}</p>}
      <ul>
        {tools.map(({ name, title: toolTitle, description, approval }) => (
          <li key={name} data-testid="tool-row">
            <span className="tool-row-text">
              <b dir="auto">{toolLine(toolTitle || name)}</b>
              {description && (
                <span className="tool-row-about" dir="auto">
                  {toolText(description)}
                </span>
              )}
            </span>
            <span className="tool-row-rule">{list.approval[approval]}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
