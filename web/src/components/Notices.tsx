import type { ReactNode } from "react";
import { useI18n } from "../i18n/useI18n";
import { ConnectionLine } from "./ConnectionLine";
import { IconButton } from "./ui/IconButton";
import { AlertIcon, CloseIcon, InfoIcon } from "./ui/icons";

interface NoticesProps {
  /** The error of the reader's last action. */
  text: string;
  /** Whether it is no error. */
  calm: boolean;
  /** What the reader can do. */
  children?: ReactNode;
  onDismiss: () => void;
}

export function Notices({ text, calm, children, onDismiss }: NoticesProps) {
  const { t } = useI18n();
  return (
    <>
      <ConnectionLine />
      {text && (
        <p className={calm ? "notice calm" : "notice danger"} data-testid="notice">
          {calm ? <InfoIcon /> : <AlertIcon />}
          <span className="notice-text">{text}</span>
          {children && <span className="notice-actions">{children}</span>}
          <IconButton label={t.close} className="small" onClick={onDismiss}>
            <CloseIcon size={16} />
          </IconButton>
        </p>
      )}
    </>
  );
}
