import { useRef, useState } from "react";
import type { NewApiToken } from "../../api/schemas";
import { sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { useTokens } from "../../state/useTokens";
import { MadeToken } from "./MadeToken";
import { NewTokenForm } from "./NewTokenForm";
import { TokenRow } from "./TokenRow";

/** The reader's API tokens: a list, the form of a new one, or the one that was just made. */
export function TokensPart() {
  const { t } = useI18n();
  const { list, fault, reload, make, revoke } = useTokens();
  const [shown, setShown] = useState<"list" | "form" | NewApiToken>("list");
  const button = useRef<HTMLButtonElement>(null);
  const leave = () => {
    setShown("list");
    requestAnimationFrame(() => button.current?.focus());
  };
  if (shown === "form" && list) {
    return (
      <NewTokenForm
        maxDays={list.max_days}
        onMake={async (form) => setShown(await make(form))}
        onCancel={leave}
      />
    );
  }
  if (typeof shown === "object") return <MadeToken made={shown} onDone={leave} />;
  const rows = list?.tokens ?? [];
  const full = list !== null && list.limit > 0 && rows.length >= list.limit;
  return (
    <div data-testid="tokens-part">
      <p className="settings-lead">{t.tokensText}</p>
      {fault && (
        <p className="data-note danger" role="alert">
          {sentenceFor(t, fault)}{" "}
          {!list && (
            <button type="button" className="button small" onClick={reload}>
              {t.retry}
            </button>
          )}
        </p>
      )}
      {list && rows.length === 0 && <p className="settings-empty">{t.noTokens}</p>}
      {rows.length > 0 && (
        <ul className="token-list">
          {rows.map((token) => (
            <TokenRow
              key={token.id}
              token={token}
              onRevoke={async () => {
                if (!(await revoke(token.id))) return;
                announce(t.tokenRevoked(token.name));
                button.current?.focus();
              }}
            />
          ))}
        </ul>
      )}
      {list && full && <p className="data-note">{t.tokensFull(list.limit)}</p>}
      <div className="data-buttons">
        <button
          ref={button}
          type="button"
          className="button primary"
          data-testid="new-token"
          disabled={!list || full}
          onClick={() => setShown("form")}
        >
          {t.newToken}
        </button>
      </div>
    </div>
  );
}
