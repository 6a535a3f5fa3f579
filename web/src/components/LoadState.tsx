import type { Fault } from "../api/fault";
import { sentenceFor } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { useAt } from "../state/useAt";
import { Missing } from "./Missing";
import { SignIn } from "./SignIn";
import { useCountdown } from "./useCountdown";

export function Loading() {
  const { t } = useI18n();
  return (
    <>
      <h1 className="visually-hidden">{t.loading}</h1>
      <div className="skeleton" aria-hidden="true">
        <i className="mine" />
        <i />
        <i className="mine" />
        <i />
      </div>
    </>
  );
}

interface LoadFailedProps {
  title: string;
  fault: Fault;
  onRetry: () => void;
  onNew?: () => void;
}

export function LoadFailed({ title, fault, onRetry, onNew }: LoadFailedProps) {
  const { t } = useI18n();
  const sentence = sentenceFor(t, fault);
  const wait = useCountdown(fault.retryAt ?? 0);
  useAt(fault.retryAt ?? null, onRetry);
  if (fault.code === "unknown_session" && onNew)
    return <Missing title={t.sessionMissing} text={sentence} onNew={onNew} />;
  return (
    <section className="load-failed" data-testid="load-failed">
      <h1>{title}</h1>
      <p>{sentence}</p>
      {wait > 0 ? <p className="load-wait">{t.connection.again(wait)}</p> : null}
      {fault.signIn ? (
        <SignIn fault={fault} className="button primary" />
      ) : (
        wait === 0 &&
        fault.retryable && (
          <button type="button" className="button primary" data-testid="reload" onClick={onRetry}>
            {t.retry}
          </button>
        )
      )}
    </section>
  );
}
