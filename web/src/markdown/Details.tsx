import { Children, isValidElement, type ReactNode } from "react";
import { useI18n } from "../i18n/useI18n";

interface DetailsProps {
  open?: boolean;
  children?: ReactNode;
}

export const Summary = ({ children }: { children?: ReactNode }) => <summary>{children}</summary>;

/** Text under a summary; one without a summary gets the page's word for it. */
export function Details({ open, children }: DetailsProps) {
  const { t } = useI18n();
  const parts = Children.toArray(children);
  const summary = parts.find((part) => isValidElement(part) && part.type === Summary);
  return (
    <details className="details" open={open}>
      {summary ?? <summary>{t.detailsTitle}</summary>}
      <div className="details-body">{parts.filter((part) => part !== summary)}</div>
    </details>
  );
}
