import { useI18n } from "../../i18n/useI18n";
import type { Call, CallState } from "../../state/calls";
import { AlertIcon, CheckIcon, Drawn, type IconProps } from "../ui/icons";
import { useElapsed } from "../useCountdown";

const AskIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .9-1 1.7M12 16.8h.01"
  />
);
const DeniedIcon = (props: IconProps) => (
  <Drawn {...props} d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM5.8 5.8l12.4 12.4" />
);
const NotRunIcon = (props: IconProps) => (
  <Drawn {...props} d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12h8" />
);

const WaitIcon = (props: IconProps) => (
  <Drawn {...props} d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5.2l3.2 1.8" />
);

const ICONS: Partial<Record<CallState, (props: IconProps) => React.JSX.Element>> = {
  asked: AskIcon,
  allowed: WaitIcon,
  refused: DeniedIcon,
  answered: WaitIcon,
  ok: CheckIcon,
  error: AlertIcon,
  denied: DeniedIcon,
  unknown: AskIcon,
  limit: NotRunIcon,
  cut: AskIcon,
  skipped: NotRunIcon,
};

/** The sign of a state; a ring that turns while the call is prepared or runs. */
export function StateIcon({ state }: { state: CallState }) {
  const Icon = ICONS[state];
  return (
    <span className={`tool-sign of-${state}`} aria-hidden="true">
      {Icon ? <Icon size={16} /> : <i className="tool-ring" />}
    </span>
  );
}

interface StateProps {
  call: Call;
  state: CallState;
}

/** The state of a call in words, with its time. */
export function StateLabel({ call, state }: StateProps) {
  const { t, locale } = useI18n();
  const elapsed = useElapsed(state === "running" ? call.since : null);
  const words = t.tools.states[state];
  return (
    <span className={`tool-state of-${state}`} data-testid="tool-state">
      {state === "running" ? t.tools.runningFor(elapsed) : words}
      {state === "ok" && call.seconds !== undefined && (
        <> · {t.tools.took(secondsOf(call.seconds, locale))}</>
      )}
    </span>
  );
}

function secondsOf(seconds: number, locale: string): string {
  const digits = seconds < 10 ? 1 : 0;
  return Math.max(0.1, seconds).toLocaleString(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** How far a call is, as a line below it, if it says of how much. */
export function ProgressLine({ call: { progress } }: { call: Call }) {
  const { t, locale } = useI18n();
  if (!progress?.total || progress.total <= 0) return null;
  const share = Math.min(1, Math.max(0, progress.progress / progress.total));
  const said = (value: number) => value.toLocaleString(locale, { maximumFractionDigits: 1 });
  return (
    <span
      className="tool-progress"
      role="progressbar"
      aria-label={t.tools.progress}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={t.tools.of(said(progress.progress), said(progress.total))}
      data-testid="tool-progress"
    >
      <i style={{ inlineSize: `${share * 100}%` }} />
    </span>
  );
}
