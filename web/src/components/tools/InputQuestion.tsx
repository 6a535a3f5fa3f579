import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import { toolText } from "../../lib/visibleText";
import { filledIn, forgetFilled, keepFilled } from "../../state/filledForms";
import { contentOf, fieldsOf, initialValues, problemsOf, type Value } from "../../state/inputForm";
import { InputField } from "./InputField";
import type { Asking } from "./Question";

/** The form of a tool that wants to know something. It stays filled in while another conversation is shown. */
export function InputQuestion({ approval, answering, turnId }: Asking) {
  const { t } = useI18n();
  const { input } = t.tools;
  const { form } = approval;
  const fields = useMemo(() => fieldsOf(form), [form]);
  const question = `${turnId} ${approval.id} ${approval.revision ?? ""}`;
  const [values, setValues] = useState(() => filledIn(question) ?? initialValues(form, fields));
  const [tried, setTried] = useState(false);
  const element = useRef<HTMLFormElement>(null);
  const { state, answer } = answering;
  const problems = tried ? problemsOf(fields, values) : NO_PROBLEMS;
  const change = (name: string, value: Value) => {
    const changed = { ...values, [name]: value };
    setValues(changed);
    keepFilled(question, changed);
  };
  useEffect(() => {
    if (state.phase === "sent" || state.phase === "closed") forgetFilled(question);
  }, [state.phase, question]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const [first] = problemsOf(fields, values).keys();
    if (first === undefined) {
      void answer({ decision: "allow", content: contentOf(fields, values) });
      return;
    }
    const field = element.current?.querySelector(`[data-field="${CSS.escape(first)}"]`);
    field?.querySelector<HTMLElement>("input, select, textarea")?.focus();
  };
  return (
    <>
      {approval.message && (
        <p className="question-text" dir="auto">
          {toolText(approval.message)}
        </p>
      )}
      {state.phase === "open" && (
        <form ref={element} className="form" noValidate onSubmit={submit} data-testid="input-form">
          {fields.map((field) => (
            <InputField
              key={field.name}
              field={field}
              value={values[field.name] ?? ""}
              problem={problems.get(field.name) ?? null}
              onChange={(value) => change(field.name, value)}
            />
          ))}
          <p className="question-line">{input.warning}</p>
          <div className="question-buttons">
            <button type="submit" className="button primary small" data-testid="send-input">
              {input.send}
            </button>
            <button
              type="button"
              className="button small"
              data-testid="decline"
              onClick={() => void answer({ decision: "deny" })}
            >
              {input.decline}
            </button>
          </div>
        </form>
      )}
    </>
  );
}

const NO_PROBLEMS: ReturnType<typeof problemsOf> = new Map();
