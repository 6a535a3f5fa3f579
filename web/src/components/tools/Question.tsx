import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import type { Approval } from "../../api/schemas";
import { sentenceFor, sentences } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { type Call, nameOf, serverOf } from "../../state/calls";
import { CallQuestion } from "./CallQuestion";
import { InputQuestion } from "./InputQuestion";
import { type Answering, useAnswer } from "./useAnswer";

interface QuestionProps {
  call: Call;
  approval: Approval;
  turnId: string;
}

export interface Asking {
  call: Call;
  approval: Approval;
  answering: Answering;
  turnId: string;
}

/** A question to the reader about a call: whether it may run, or what its tool wants to know. */
export function Question({ call, approval, turnId }: QuestionProps) {
  const { t } = useI18n();
  const title = useId();
  const { state, answer } = useAnswer(turnId, approval);
  const { panel, keepFocus } = useFocusKept();
  const answering: Answering = {
    state,
    answer: (given) => {
      keepFocus();
      return answer(given);
    },
  };
  const asking = { call, approval, answering, turnId };
  const name = nameOf(call);
  const isInput = approval.kind === "input";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has no title in the running text
    <div
      ref={panel}
      className="question-panel"
      role="group"
      aria-labelledby={title}
      data-testid="approval"
    >
      <p className="question-title" id={title} dir="auto">
        {isInput ? t.tools.input.title(name, serverOf(call)) : t.tools.ask.title(name)}
      </p>
      {isInput ? <InputQuestion {...asking} /> : <CallQuestion {...asking} />}
      <Outcome answering={answering} approval={approval} />
    </div>
  );
}

/** When the question expires, or what became of the answer. */
function Outcome({ answering: { state }, approval }: { answering: Answering; approval: Approval }) {
  const { t } = useI18n();
  if (state.phase === "sending" || state.phase === "sent") return <Line>{t.tools.ask.sent}</Line>;
  if (state.phase === "closed")
    return (
      <p className="tool-said" role="alert">
        {sentenceFor(t, state.fault)}
      </p>
    );
  const lost = state.lost ? t.tools.ask.lost : "";
  if (state.fault)
    return (
      <p className="question-fault" role="alert">
        {sentences(sentenceFor(t, state.fault), lost)}
      </p>
    );
  if (lost) return <p className="question-fault">{lost}</p>;
  return approval.until ? <Until until={approval.until} held={approval.held === true} /> : null;
}

const Line = ({ children }: { children: ReactNode }) => <p className="question-line">{children}</p>;

const DAY = 86_400_000;

/** When the question expires. `held`: the reply goes on then. */
function Until({ until, held }: { until: number; held: boolean }) {
  const { t, locale } = useI18n();
  const soon = until * 1000 - Date.now() < DAY / 2;
  const when = new Date(until * 1000).toLocaleString(
    locale,
    soon ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" },
  );
  return <Line>{held ? t.tools.ask.untilHeld(when) : t.tools.ask.until(when)}</Line>;
}

/** Gives the focus to the card's line when what has it goes away: after an answer, also one from elsewhere. */
function useFocusKept() {
  const panel = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLElement | null>(null);
  useLayoutEffect(() => {
    const shown = panel.current;
    head.current = shown?.closest(".tool-card")?.querySelector<HTMLElement>(".tool-head") ?? null;
    return () => {
      if (shown?.contains(document.activeElement))
        queueMicrotask(() => head.current?.focus({ preventScroll: true }));
    };
  }, []);
  const keepFocus = () => {
    if (panel.current?.contains(document.activeElement))
      head.current?.focus({ preventScroll: true });
  };
  return { panel, keepFocus };
}
