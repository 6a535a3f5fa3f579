import { useEffect, useRef, useState } from "react";
import type { ShareLink } from "../api/schemas";
import { CheckIcon, CopyIcon } from "../components/ui/icons";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { copyText } from "../lib/clipboard";
import { addressOf } from "./links";

/** The address of the link that was just made, to be copied. */
export function ShareAddress({ share }: { share: ShareLink }) {
  const { t } = useI18n();
  const [copied, setCopied] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  const copy = async () => {
    const done = await copyText(addressOf(share));
    setCopied(done);
    announce(done ? t.copied : t.copyFailed);
  };
  return (
    <div className="share-address">
      <input
        className="field"
        readOnly
        dir="ltr"
        aria-label={t.sharing.address}
        data-testid="share-address"
        value={addressOf(share)}
        onFocus={(event) => event.target.select()}
      />
      <button
        ref={button}
        type="button"
        className="button primary"
        data-testid="copy-share"
        onClick={() => void copy()}
      >
        {copied ? <CheckIcon size={16} /> : <CopyIcon size={16} />}
        {copied ? t.copied : t.sharing.copy}
      </button>
    </div>
  );
}
