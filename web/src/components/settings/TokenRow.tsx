import { useState } from "react";
import type { ApiToken } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { dayOf } from "../../state/periods";
import { isExpired, scopeOf } from "../../state/tokenDraft";
import { ConfirmRow } from "./ConfirmRow";

interface TokenRowProps {
  token: ApiToken;
  onRevoke: () => Promise<unknown>;
}

/** One API token: what it may do, when it was used, and a button that revokes it. */
export function TokenRow({ token, onRevoke }: TokenRowProps) {
  const { t, locale } = useI18n();
  const [asking, setAsking] = useState(false);
  const { name, created_at, expires_at, last_used_at } = token;
  const now = new Date();
  const over = isExpired(token, now.getTime());
  const action = over ? t.removeToken : t.revoke;
  if (asking) {
    return (
      <ConfirmRow
        question={over ? t.tokenRemove(name) : t.tokenRevoke(name)}
        action={action}
        testId="revoke-token"
        onConfirm={onRevoke}
        onClose={() => setAsking(false)}
      />
    );
  }
  const day = (seconds: number) =>
    new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(seconds * 1000);
  const until =
    expires_at === null
      ? t.tokenNoEnd
      : over
        ? t.tokenEnded(day(expires_at))
        : t.tokenEnds(day(expires_at));
  return (
    <li className="token-row" data-testid="token">
      <span className="token-text">
        <b dir="auto">{name}</b>
        <span>
          {t.tokenScopes[scopeOf(token)]} · {t.tokenMadeOn(dayOf(created_at, now, locale))}
        </span>
        <span>
          {last_used_at === null ? t.tokenUnused : t.tokenUsed(dayOf(last_used_at, now, locale))}
          {" · "}
          <span className={over ? "token-over" : undefined}>{until}</span>
        </span>
      </span>
      <button
        type="button"
        className="button small"
        aria-label={over ? t.tokenRemoveOne(name) : t.tokenRevokeOne(name)}
        data-testid="ask-revoke"
        onClick={() => setAsking(true)}
      >
        {action}
      </button>
    </li>
  );
}
