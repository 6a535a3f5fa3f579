import type { ReactNode } from "react";
import { askingSentence, sentenceFor, sentences } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { awaitedOf, restOf } from "../state/calls";
import type { ReplyEntry } from "../state/entries";
import { useModelName } from "../state/models";
import { isOver, type Retry } from "../state/reply";
import { ContinueButton } from "./replies/ContinueButton";
import { StoppedEarly } from "./replies/StoppedEarly";
import { AlertIcon, RepeatIcon } from "./ui/icons";
import { useCountdown, useElapsed } from "./useCountdown";

/** Longer than the lease of a lost worker: by then another one has taken over, or the model is slow. */
const SILENCE = 15;

interface ReplyStatusProps {
  entry: ReplyEntry;
  busy: boolean;
  /** Undefined if it cannot be asked again now. */
  onRetry: (() => void) | undefined;
}

/** The status of a reply, in addition to its text. */
export function ReplyStatus({ entry, busy, onRetry }: ReplyStatusProps) {
  const { t } = useI18n();
  if (!isOver(entry.phase)) return <RunningStatus entry={entry} />;
  if (entry.phase === "failed") return <Failure entry={entry} busy={busy} onRetry={onRetry} />;
  if (entry.phase === "stopped" && isEmpty(entry))
    return <Calm text={t.stoppedEmpty} onRetry={onRetry} />;
  if (entry.phase === "stopped") return <StoppedEarly entry={entry} busy={busy} text={t.stopped} />;
  if (entry.finishReason === "length")
    return <StoppedEarly entry={entry} busy={busy} text={t.goingOn.atLength} />;
  if (entry.finishReason === "content_filter") return <p className="status">{t.cutByFilter}</p>;
  return null;
}

const isEmpty = ({ text, calls, steps }: ReplyEntry) =>
  !text && calls.length === 0 && steps.length === 0;

interface RunningStatusProps {
  entry: ReplyEntry;
  /** Whether something else says already that the reply runs. */
  labelled?: boolean;
}

/** What is to be said about a running reply. */
export function RunningStatus({ entry, labelled = false }: RunningStatusProps) {
  return (
    <>
      <Progress entry={entry} labelled={labelled} />
      {entry.connected && !waitsForWorker(entry) && awaitedOf(entry.steps) === null && (
        <Silence since={entry.lastEventAt} phase={entry.phase} />
      )}
    </>
  );
}

const waitsForWorker = ({ worker }: ReplyEntry) => worker === "awaited" || worker === "absent";

/** Says that no worker has the turn, with its place in the queue. */
function WaitsForWorker({ entry }: { entry: ReplyEntry }) {
  const { t } = useI18n();
  const ahead = entry.position > 0 ? t.queued(entry.position) : "";
  const text = entry.worker === "absent" ? t.worker.absent : ahead || t.worker.awaited;
  return (
    <Waiting>
      <span data-testid="waits-for-worker">{text}</span>
    </Waiting>
  );
}

/** Reports a long silence, because a spinner alone would hide it. */
function Silence({ since, phase }: { since: number; phase: ReplyEntry["phase"] }) {
  const { t } = useI18n();
  const expected = phase === "queued" || phase === "retrying" || since === 0;
  const seconds = useElapsed(expected ? null : since);
  if (seconds < SILENCE) return null;
  return (
    <p className="status faint" data-testid="silence">
      {t.silence(seconds)}
    </p>
  );
}

function Progress({ entry, labelled }: Required<RunningStatusProps>) {
  const { t } = useI18n();
  if (waitsForWorker(entry)) return <WaitsForWorker entry={entry} />;
  switch (entry.phase) {
    case "queued":
      return <Waiting>{t.queued(entry.position)}</Waiting>;
    case "retrying":
      return entry.retry ? <Retrying retry={entry.retry} asked={entry.asked} /> : null;
    case "restarted":
      return <Waiting>{t.restarted}</Waiting>;
    case "thinking":
      return thinksAloud(entry) || labelled ? null : <Waiting label={t.thinking} />;
    default:
      return entry.restarts > 0 ? <p className="status faint">{t.restartedNote}</p> : null;
  }
}

/** Whether the thoughts are seen of the request that is being answered. */
const thinksAloud = (entry: ReplyEntry) => restOf(entry, entry.steps).thinking !== "";

interface SteppedInProps {
  model: string;
  asked: string | null;
}

/** Says which model answered in place of the one that was asked. */
export function SteppedIn({ model, asked }: SteppedInProps) {
  const { t } = useI18n();
  const nameOf = useModelName();
  if (!asked) return null;
  return (
    <p className="status faint" data-testid="stepped-in">
      {t.steppedIn(nameOf(model), nameOf(asked))}
    </p>
  );
}

/** Reports in the row below the text that another worker goes on: there it moves nothing. */
export function ResumeNote() {
  const { t } = useI18n();
  return (
    <span className="note resuming" data-testid="resuming">
      <Dots />
      {t.resuming}
    </span>
  );
}

const Dots = () => (
  <span className="dots" aria-hidden="true">
    <i />
    <i />
    <i />
  </span>
);

function Waiting({ label, children }: { label?: string; children?: ReactNode }) {
  return (
    <p className="status pending" translate="no">
      <Dots />
      {label && <span className="visually-hidden">{label}</span>}
      {children && <span>{children}</span>}
    </p>
  );
}

interface RetryingProps {
  retry: Retry;
  asked: string | null;
}

function Retrying({ retry, asked }: RetryingProps) {
  const { t } = useI18n();
  const nameOf = useModelName();
  const seconds = useCountdown(retry.due);
  if (retry.model) {
    const when = seconds > 0 ? t.retrying(seconds) : "";
    return <Waiting>{sentences(askingSentence(t, retry, asked, nameOf), when)}</Waiting>;
  }
  const reason = sentenceFor(t, { code: retry.reason, detail: retry.reason });
  return <Waiting>{sentences(reason, t.retrying(seconds))}</Waiting>;
}

function TryAgain({ onRetry }: Pick<ReplyStatusProps, "onRetry">) {
  const { t } = useI18n();
  if (!onRetry) return null;
  return (
    <button type="button" className="button small" data-testid="retry" onClick={onRetry}>
      <RepeatIcon size={15} />
      {t.retry}
    </button>
  );
}

function Calm({ text, onRetry }: Pick<ReplyStatusProps, "onRetry"> & { text: string }) {
  return (
    <div className="failure calm">
      <p>{text}</p>
      <TryAgain onRetry={onRetry} />
    </div>
  );
}

function Failure({ entry, busy, onRetry }: ReplyStatusProps) {
  const { t } = useI18n();
  // A question without a reply is no error: its reply may have been deleted.
  if (entry.fault?.code === "no_reply") return <Calm text={t.problem.no_reply} onRetry={onRetry} />;
  return (
    <div className="failure">
      <AlertIcon />
      <p>{entry.fault ? sentenceFor(t, entry.fault) : t.problem.internal_error}</p>
      <span className="failure-steps">
        {entry.latest && <ContinueButton entry={entry} busy={busy} />}
        <TryAgain onRetry={onRetry} />
      </span>
    </div>
  );
}
