import { useI18n } from "../i18n/useI18n";

interface ThinkingProps {
  text: string;
  active: boolean;
}

export function Thinking({ text, active }: ThinkingProps) {
  const { t } = useI18n();
  return (
    <details className="thoughts" data-testid="thinking">
      <summary>
        <span className={active ? "shimmer" : ""}>{active ? t.thinking : t.thought}</span>
      </summary>
      <div>{text}</div>
    </details>
  );
}
