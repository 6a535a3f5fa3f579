import type { ReactNode } from "react";
import { useI18n } from "../i18n/useI18n";
import { LargeView } from "./LargeView";
import { ScrollBox } from "./ScrollBox";

interface LargeTableProps {
  children: ReactNode;
  onClose: () => void;
}

/** A table as wide as the window. Its first row stays in sight. */
export default function LargeTable({ children, onClose }: LargeTableProps) {
  const { t } = useI18n();
  return (
    <LargeView title={t.table} onClose={onClose}>
      <ScrollBox className="large-table markdown" label={t.table}>
        {children}
      </ScrollBox>
    </LargeView>
  );
}
