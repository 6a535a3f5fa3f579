import { useI18n } from "../i18n/useI18n";
import { SharedQuestion, SharedReply } from "./SharedMessage";
import type { Shared } from "./shared";

interface SharedLogProps {
  shared: Shared;
  onEarlier: () => Promise<void>;
}

/** The messages of a share link. */
export function SharedLog({ shared, onEarlier }: SharedLogProps) {
  const { t } = useI18n();
  const { messages, earlier, running } = shared;
  return (
    <section className="log" aria-label={t.shared.messages}>
      {earlier && <Earlier shared={shared} onEarlier={onEarlier} />}
      {messages.length === 0 && !running && <p className="shared-empty">{t.shared.empty}</p>}
      {messages.map((message) =>
        message.role === "user" ? (
          <SharedQuestion key={message.id} message={message} />
        ) : (
          <SharedReply key={message.id} message={message} />
        ),
      )}
      <div role="status" className="shared-running">
        {running && (
          <p className="status pending" data-testid="shared-running">
            <span className="dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            {t.shared.running}
          </p>
        )}
      </div>
      {earlier && <p className="print-only">{t.printPartly}</p>}
    </section>
  );
}

function Earlier({ shared, onEarlier }: SharedLogProps) {
  const { t } = useI18n();
  const { loadingEarlier } = shared;
  const failed = loadingEarlier === "failed";
  return (
    <div className="earlier">
      {failed && <p role="alert">{t.earlierFailed}</p>}
      <button
        type="button"
        className="button small"
        data-testid="earlier"
        aria-busy={loadingEarlier === "loading"}
        onClick={() => void onEarlier()}
      >
        {loadingEarlier === "loading" ? t.loading : failed ? t.retry : t.earlier}
      </button>
    </div>
  );
}
