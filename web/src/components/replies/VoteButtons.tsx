import { useId, useRef, useState } from "react";
import type { Feedback, Message } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { ThumbDownIcon, ThumbUpIcon } from "../ui/icons";
import { placePopover } from "../ui/popoverPosition";
import { useReplySteps } from "./replySteps";
import { VoteNote } from "./VoteNote";

interface VoteButtonsProps {
  message: Message;
}

const KINDS = ["up", "down"] as const;
const ICONS = { up: ThumbUpIcon, down: ThumbDownIcon };

/** Two buttons that vote on a reply at once, and then take a word on it. */
export function VoteButtons({ message }: VoteButtonsProps) {
  const { t } = useI18n();
  const steps = useReplySteps();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [failed, setFailed] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  const pressed = useRef<HTMLButtonElement | null>(null);
  if (!steps) return null;
  const given = message.feedback ?? null;
  const label = { up: t.reply.good, down: t.reply.bad };

  const send = async (feedback: Feedback | null, said: string) => {
    const done = await steps.vote(message.id, feedback);
    setFailed(!done);
    announce(done ? said : t.reply.voteFailed);
    return done;
  };
  const show = (button: HTMLButtonElement) => {
    pressed.current = button;
    panel.current?.showPopover();
  };
  const press = (vote: Feedback["vote"], button: HTMLButtonElement) => {
    show(button);
    if (given?.vote !== vote) void send({ vote, text: given?.text ?? "" }, t.reply.thanks);
  };
  const close = () => {
    panel.current?.hidePopover();
    pressed.current?.focus({ preventScroll: true });
  };

  return (
    <>
      {KINDS.map((vote) => {
        const Icon = ICONS[vote];
        return (
          <button
            key={vote}
            type="button"
            className="icon-button small vote"
            aria-label={label[vote]}
            title={label[vote]}
            aria-pressed={given?.vote === vote}
            data-testid={`vote-${vote}`}
            onClick={(event) => press(vote, event.currentTarget)}
          >
            <Icon size={16} />
          </button>
        );
      })}
      <div
        ref={panel}
        id={id}
        className="menu vote-panel"
        popover="auto"
        onToggle={(event) => {
          setOpen(event.newState === "open");
          if (event.newState === "open" && panel.current && pressed.current)
            placePopover(panel.current, pressed.current, "start");
        }}
      >
        {open && (
          <VoteNote
            feedback={given}
            failed={failed}
            onSave={async (text) => {
              if (given && (await send({ ...given, text }, t.reply.wordSaved))) close();
            }}
            onTakeBack={async () => {
              if (await send(null, t.reply.takenBack)) close();
            }}
          />
        )}
      </div>
    </>
  );
}
