import { type ReactNode, useEffect, useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import { copyText } from "../../lib/clipboard";
import { CheckIcon, CopyIcon } from "./icons";

interface CopyButtonProps {
  label: string;
  text: () => string;
  testId?: string;
  /** Shown instead of the usual sign, where several things can be copied. */
  icon?: ReactNode;
}

const SHOWN = 1_600;

export function CopyButton({ label, text, testId, icon }: CopyButtonProps) {
  const { t } = useI18n();
  const [result, setResult] = useState<"copied" | "failed" | null>(null);

  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(null), SHOWN);
    return () => clearTimeout(timer);
  }, [result]);

  const said = result === "copied" ? t.copied : result === "failed" ? t.copyFailed : label;
  return (
    <button
      type="button"
      className="icon-button small"
      aria-label={said}
      title={said}
      data-testid={testId}
      onClick={async () => setResult((await copyText(text())) ? "copied" : "failed")}
    >
      {result === "copied" ? <CheckIcon size={16} /> : (icon ?? <CopyIcon size={16} />)}
    </button>
  );
}
