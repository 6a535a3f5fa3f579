import { useI18n } from "../i18n/useI18n";

export function Brand() {
  const { t } = useI18n();
  return (
    <div className="brand">
      <img src="/favicon.svg" alt="" width="28" height="28" />
      <span>{t.brand}</span>
    </div>
  );
}
