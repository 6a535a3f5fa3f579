import type { ReactNode } from "react";
import type { Model } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { sees } from "../state/models";
import { EyeIcon, ThinkIcon } from "./ui/icons";

/** Small marks of what a model can, with their names for screen readers and on hover. */
export function ModelMarks({ model }: { model: Model }) {
  const { t } = useI18n();
  return (
    <>
      {sees(model) && (
        <Mark kind="vision" name={t.sees}>
          <EyeIcon size={16} />
        </Mark>
      )}
      {model.thinking !== "no" && (
        <Mark
          kind="thinking"
          name={model.thinking === "always" ? t.thinksAlways : t.thinksOnDemand}
        >
          <ThinkIcon size={16} />
        </Mark>
      )}
    </>
  );
}

interface MarkProps {
  kind: string;
  name: string;
  children: ReactNode;
}

function Mark({ kind, name, children }: MarkProps) {
  return (
    <span className={`mark ${kind}`} title={name}>
      {children}
      <span className="visually-hidden">{name}</span>
    </span>
  );
}
