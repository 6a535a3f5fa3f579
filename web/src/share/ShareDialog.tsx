import { type FormEvent, useRef, useState } from "react";
import type { Session, ShareForm, ShareLink } from "../api/schemas";
import { Choices } from "../components/settings/Choices";
import { IconButton } from "../components/ui/IconButton";
import { CloseIcon } from "../components/ui/icons";
import { Modal } from "../components/ui/Modal";
import { sentenceFor } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { formOf, LIFETIMES, type Lifetime } from "./links";
import { ShareAddress } from "./ShareAddress";
import { ShareRows } from "./ShareRows";
import { useLinks } from "./useLinks";

interface ShareDialogProps {
  session: Session;
  onClose: () => void;
}

/** Makes links at which others can read a conversation, and lists those that there are. */
export default function ShareDialog({ session, onClose }: ShareDialogProps) {
  const { t } = useI18n();
  const [kind, setKind] = useState<ShareForm["kind"]>("frozen");
  const [lifetime, setLifetime] = useState<Lifetime>("30");
  const { links, reload, make, revoke } = useLinks(session.session_id);
  const { shares, made, busy, fault } = links;
  const words = t.sharing;
  const create = useRef<HTMLButtonElement>(null);
  const revokeAndFocus = async (share: ShareLink) => {
    const isLast = shares?.length === 1;
    await revoke(share);
    if (isLast) create.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) void make(formOf(kind, lifetime));
  };
  return (
    <Modal title={words.title} className="share-dialog" onClose={onClose}>
      <p className="share-lead">{words.lead}</p>
      <form onSubmit={submit}>
        <Choices
          label={words.what}
          value={kind}
          options={[
            ["frozen", words.frozen],
            ["live", words.live],
          ]}
          testId="share-kind"
          onChoose={setKind}
        />
        <p className="share-hint" aria-live="polite">
          {kind === "live" ? words.liveHint : words.frozenHint}
        </p>
        <Choices
          label={words.expires}
          value={lifetime}
          options={LIFETIMES.map(
            (each) => [each, each === "never" ? words.never : words.days(Number(each))] as const,
          )}
          testId="share-lifetime"
          onChoose={setLifetime}
        />
        {fault && (
          <p className="data-note danger" role="alert">
            {sentenceFor(t, fault)}{" "}
            {!shares && (
              <button type="button" className="button small" onClick={() => void reload()}>
                {t.retry}
              </button>
            )}
          </p>
        )}
        <div className="share-create">
          <button
            ref={create}
            type="submit"
            className="button primary"
            data-testid="create-share"
            aria-disabled={busy}
          >
            {busy ? words.creating : words.create}
          </button>
        </div>
      </form>
      {made && <ShareAddress key={made.share_id} share={made} />}
      {shares && shares.length > 0 && (
        <section className="share-part">
          <h3>{words.links}</h3>
          <ShareRows shares={shares} onRevoke={revokeAndFocus} />
        </section>
      )}
      <IconButton label={t.close} className="share-close" testId="close-share" onClick={onClose}>
        <CloseIcon />
      </IconButton>
    </Modal>
  );
}
