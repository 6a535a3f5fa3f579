import type { ComponentType, ReactNode } from "react";
import { AlertIcon, InfoIcon } from "../components/ui/icons";
import { useI18n } from "../i18n/useI18n";
import { CALLOUTS, type CalloutKind } from "./callouts";
import { StarIcon, StopSignIcon, TipIcon } from "./icons";

const ICONS: Record<CalloutKind, ComponentType<{ size?: number }>> = {
  note: InfoIcon,
  tip: TipIcon,
  important: StarIcon,
  warning: AlertIcon,
  caution: StopSignIcon,
};

interface CalloutProps {
  "data-callout"?: string;
  children?: ReactNode;
}

export function Callout({ "data-callout": given, children }: CalloutProps) {
  const { t } = useI18n();
  const kind = CALLOUTS.find((known) => known === given) ?? "note";
  const Icon = ICONS[kind];
  return (
    <div className="callout" data-kind={kind} role="note">
      <p className="callout-name">
        <Icon size={16} />
        {t.callouts[kind]}
      </p>
      {children}
    </div>
  );
}
