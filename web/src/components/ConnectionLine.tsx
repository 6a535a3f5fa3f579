import { useEffect } from "react";
import type { Fault } from "../api/fault";
import { type Catalogue, sentenceFor, sentences } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { connection, type Line, lineOf, refusalOf } from "../state/connection";
import { useSelected } from "../state/store";
import { SignIn } from "./SignIn";
import { AlertIcon } from "./ui/icons";
import { useCountdown } from "./useCountdown";

/** Says what is wrong with the connection to the server, and nothing while it is well. */
export function ConnectionLine() {
  const { t } = useI18n();
  const line = useSelected(connection, lineOf);
  const refusal = useSelected(connection, refusalOf);
  const following = useSelected(connection, ({ blocked }) => blocked === null);
  const wait = useCountdown(refusal?.retryAt ?? 0);
  const text = sentenceOf(t, line, refusal, following);
  useEffect(() => {
    if (text) announce(text);
  }, [text]);
  if (!text) return null;
  const when = line === "refused" && wait > 0 ? t.connection.again(wait) : "";
  return (
    <p className="notice" data-testid="connection" data-line={line} translate="no">
      <AlertIcon />
      <span className="notice-text">{sentences(text, when)}</span>
      {line === "refused" && <SignIn fault={refusal} className="button small" />}
    </p>
  );
}

function sentenceOf(t: Catalogue, line: Line, refusal: Fault | null, following: boolean): string {
  if (line === "live") return "";
  if (line === "refused" && refusal)
    return sentences(sentenceFor(t, refusal), following ? t.goesOn : "");
  if (line === "refused") return "";
  return t.connection[line];
}
