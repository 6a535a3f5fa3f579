import { memo, useMemo } from "react";
import { type Call, partsOf } from "../../state/calls";
import type { ReplyEntry } from "../../state/entries";
import { isOver } from "../../state/reply";
import { LiveText } from "../LiveText";
import { Thinking } from "../Thinking";
import { ToolGroup } from "../tools/LazyTools";

/** What a reply says and does, in order: the thoughts, the text and the calls of each request to the model. */
export function ReplyParts({ entry }: { entry: ReplyEntry }) {
  const { thinking, steps, phase } = entry;
  const lost = entry.previous !== "" && steps.length === 0;
  const text = lost ? entry.previous : entry.text;
  const parts = useMemo(() => partsOf({ text, thinking }, steps), [text, thinking, steps]);
  const live = !isOver(phase);
  const last = parts.length - 1;
  return parts.map((part, index) => (
    <ReplyPart
      // biome-ignore lint/suspicious/noArrayIndexKey: a part keeps its place
      key={index}
      {...part}
      growing={live && index === last}
      partial={phase !== "done" && index === last}
      lost={lost}
      live={live}
      turnId={entry.turnId}
      since={live && phase === "thinking" && index === last ? entry.thinkingSince : null}
      seconds={index === 0 ? entry.thinkingSeconds : null}
    />
  ));
}

interface ReplyPartProps {
  text: string;
  thinking: string;
  calls: readonly Call[];
  complete: boolean;
  /** Whether more text will arrive in this part. */
  growing: boolean;
  /** Whether the text may end anywhere. */
  partial: boolean;
  lost: boolean;
  live: boolean;
  turnId: string | null;
  since: number | null;
  seconds: number | null;
}

/** Only the last part changes with a delta. */
const ReplyPart = memo(function ReplyPart(props: ReplyPartProps) {
  const { text, thinking, calls, complete, growing, partial, lost, live, turnId } = props;
  return (
    <>
      {thinking && <Thinking text={thinking} since={props.since} seconds={props.seconds} />}
      {text && <LiveText text={text} live={growing} partial={partial} lost={lost} />}
      {calls.length > 0 && (
        <ToolGroup calls={calls} complete={complete} live={live} turnId={turnId} />
      )}
    </>
  );
});
