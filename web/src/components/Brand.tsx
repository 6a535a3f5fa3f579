import { useI18n } from "../i18n/useI18n";
import { Mark } from "./ui/Mark";

export function Brand() {
  const { t } = useI18n();
  return (
    <div className="brand" lang="en">
      <Mark size={22} />
      <span>{t.brand}</span>
    </div>
  );
}
