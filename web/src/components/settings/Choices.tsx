import { type ReactNode, useId } from "react";

interface ChoicesProps<Value extends string> {
  label: string;
  hint?: string;
  value: Value;
  /** Each value with its name. */
  options: readonly (readonly [Value, ReactNode])[];
  testId: string;
  onChoose: (value: Value) => void;
}

/** A setting with few values, of which one is chosen. */
export function Choices<Value extends string>(props: ChoicesProps<Value>) {
  const { label, hint, value, options, testId, onChoose } = props;
  const name = useId();
  return (
    // No fieldset: WebKit lays a legend out above the choices, whatever its style says.
    <div
      className="setting"
      role="radiogroup"
      aria-labelledby={`${name}-label`}
      data-testid={testId}
    >
      <div id={`${name}-label`}>
        {label}
        {hint && <small>{hint}</small>}
      </div>
      <div className="choices">
        {options.map(([option, text]) => (
          <label key={option} className={option === value ? "choice chosen" : "choice"}>
            <input
              type="radio"
              name={name}
              value={option}
              checked={option === value}
              onChange={() => onChoose(option)}
            />
            {text}
          </label>
        ))}
      </div>
    </div>
  );
}
