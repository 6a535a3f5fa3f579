import { useId, useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import { openable } from "../../state/inputForm";
import type { Asking } from "./Question";

/** Shows an address that a tool wants opened. It can be opened only after the reader has said that they checked it. */
export function AddressQuestion({ approval, answering, address }: Asking & { address: string }) {
  const { t } = useI18n();
  const { input } = t.tools;
  const id = useId();
  const [seen, setSeen] = useState(false);
  const [opened, setOpened] = useState(false);
  const { state, answer } = answering;
  const url = openable(address);
  return (
    <>
      {approval.message && (
        <p className="question-text" dir="auto">
          {approval.message}
        </p>
      )}
      <p className="question-address" dir="ltr" translate="no">
        {url ? <Address url={url} /> : address}
      </p>
      {!url && <p className="question-fault">{input.badUrl}</p>}
      {state.phase === "open" && (
        <>
          {url && (
            <>
              <p className="question-line">{input.urlWarning}</p>
              <label className="question-check" htmlFor={id}>
                <input
                  id={id}
                  type="checkbox"
                  checked={seen}
                  data-testid="address-seen"
                  onChange={(event) => setSeen(event.target.checked)}
                />
                {input.urlSeen}
              </label>
            </>
          )}
          <div className="question-buttons">
            {url && seen && (
              <a
                className="button primary small"
                href={url.href}
                target="_blank"
                rel="noopener noreferrer nofollow"
                referrerPolicy="no-referrer"
                data-testid="open-address"
                onClick={() => setOpened(true)}
              >
                {input.open}
              </a>
            )}
            {opened && (
              <button
                type="button"
                className="button small"
                data-testid="address-done"
                onClick={() => void answer({ decision: "allow", content: {} })}
              >
                {input.opened}
              </button>
            )}
            <button
              type="button"
              className="button small"
              data-testid="decline"
              onClick={() => void answer({ decision: "deny" })}
            >
              {input.decline}
            </button>
          </div>
        </>
      )}
    </>
  );
}

/** The host stands out, because it says who is at the other end. It is written as the browser will ask for it. */
const Address = ({ url }: { url: URL }) => (
  <>
    {url.protocol}
    {"//"}
    <b>{url.host}</b>
    {url.href.slice(url.origin.length)}
  </>
);
