import { useId } from "react";
import type { Catalogue } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import type { Field, FieldProblem, TextFormat, Value } from "../../state/inputForm";
import { ChevronIcon } from "../ui/icons";

interface InputFieldProps {
  field: Field;
  value: Value;
  problem: FieldProblem | null;
  onChange: (value: Value) => void;
}

function sentenceOf(t: Catalogue, problem: FieldProblem): string {
  const { input } = t.tools;
  return typeof problem === "string" ? input.problems[problem] : input[problem.kind](problem.limit);
}

/** One field of a tool's form, with what is wrong with its value. */
export function InputField({ field, value, problem, onChange }: InputFieldProps) {
  const { t } = useI18n();
  const id = useId();
  const [hint, error] = [`${id}h`, `${id}e`];
  const described = [field.hint && hint, problem && error].filter(Boolean).join(" ");
  const about = {
    "aria-invalid": problem !== null,
    "aria-describedby": described || undefined,
    "aria-required": field.required,
  };
  const isGroup = field.kind === "choices" || field.kind === "boolean";
  const label = (
    <span dir="auto">
      {field.label} {!field.required && !isGroup && <small>{t.tools.input.optional}</small>}
    </span>
  );
  return (
    <div className="form-field" data-field={field.name}>
      {field.kind === "choices" && (
        <Choices {...{ field, value, onChange, id }} described={described} />
      )}
      {field.kind === "boolean" && (
        <label className="question-check" htmlFor={id}>
          <input
            id={id}
            type="checkbox"
            checked={value === true}
            {...about}
            onChange={(event) => onChange(event.target.checked)}
          />
          {label}
        </label>
      )}
      {!isGroup && <label htmlFor={id}>{label}</label>}
      {field.kind === "choice" && (
        <span className="form-select">
          <select
            id={id}
            className="field"
            value={String(value)}
            {...about}
            onChange={(event) => onChange(event.target.value)}
          >
            <option value="">{t.tools.input.choose}</option>
            {field.options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
          <ChevronIcon size={16} />
        </span>
      )}
      {(field.kind === "text" || field.kind === "number") && (
        <input
          id={id}
          className="field"
          dir="auto"
          {...inputOf(field)}
          value={String(value)}
          {...about}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {field.hint && (
        <span className="form-hint" id={hint} dir="auto">
          {field.hint}
        </span>
      )}
      {problem && (
        <span className="question-fault" id={error} role="alert">
          {sentenceOf(t, problem)}
        </span>
      )}
    </div>
  );
}

const TYPES: Record<TextFormat, string> = {
  text: "text",
  email: "email",
  uri: "url",
  date: "date",
  "date-time": "datetime-local",
};

const inputOf = (field: Extract<Field, { kind: "text" | "number" }>) =>
  field.kind === "number"
    ? { type: "text", inputMode: field.whole ? ("numeric" as const) : ("decimal" as const) }
    : { type: TYPES[field.format] };

interface ChoicesProps {
  field: Extract<Field, { kind: "choices" }>;
  value: Value;
  onChange: (value: Value) => void;
  id: string;
  described: string;
}

/** Several values of a list, as boxes to tick. */
function Choices({ field, value, onChange, id, described }: ChoicesProps) {
  const chosen = Array.isArray(value) ? (value as readonly string[]) : [];
  const turn = (one: string, on: boolean) =>
    onChange(
      field.options
        .map((option) => option.value)
        .filter((each) => (each === one ? on : chosen.includes(each))),
    );
  return (
    <fieldset className="question-choices" aria-describedby={described || undefined}>
      <legend dir="auto">{field.label}</legend>
      {field.options.map((option) => (
        <label key={option.value} className="question-check" htmlFor={`${id}-${option.value}`}>
          <input
            id={`${id}-${option.value}`}
            type="checkbox"
            checked={chosen.includes(option.value)}
            onChange={(event) => turn(option.value, event.target.checked)}
          />
          <span dir="auto">{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
