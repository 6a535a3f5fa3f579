import { useState } from "react";
import { Composer } from "../components/Composer";
import { DemoBanner } from "../components/DemoBanner";
import { Notices } from "../components/Notices";
import { SessionRow } from "../components/SessionRow";
import { Toast } from "../components/ui/Toast";
import { Welcome } from "../components/Welcome";
import { WelcomeChoices } from "../components/WelcomeChoices";

const nothing = () => undefined;
const ACTIONS = { open: nothing, rename: nothing, remove: nothing, save: nothing } as never;

const named = (name: string, icon: string) => ({ name, icon, description: name, welcome: "" });
const PERSONAS = {
  assistant: named("Assistant", "🤖"),
  teacher: named("Teacher", "📚"),
  programmer: named("Programmer", "💻"),
};

const SESSIONS = ["Streams and pub/sub", "A reply is running", "قائمة الانتظار"].map(
  (title, index) => ({
    session_id: String(index),
    title,
    active_turn: index === 1 ? "t" : null,
    tags: [],
  }),
) as never as Parameters<typeof SessionRow>[0]["session"][];

interface WritingProps {
  text: string;
  stoppable?: boolean;
}

function Writing({ text: first, stoppable = false }: WritingProps) {
  const [text, write] = useState(first);
  return (
    <Composer
      text={text}
      persona="Assistant"
      focusKey=""
      busy={false}
      onPaste={null}
      hint=""
      obstructed={false}
      stoppable={stoppable}
      queues={false}
      stopping={false}
      onWrite={write}
      onSend={nothing}
      onRefused={nothing}
      onStop={nothing}
      onAttachText={null}
      above={null}
    >
      {null}
    </Composer>
  );
}

function Choices() {
  const [role, choose] = useState("assistant");
  return (
    <WelcomeChoices personas={PERSONAS} role={role} demo={false} onChoose={choose} onFill={nothing}>
      <DemoBanner model="design" />
    </WelcomeChoices>
  );
}

export const PageSamples = () => (
  <div className="design-rows">
    <Welcome persona={{ ...named("Assistant", ""), welcome: "Hello! How can I help?" } as never} />
    <Writing text="" />
    <Writing text="Something is written" />
    <Writing text="" stoppable />
    <Writing text={"too long ".repeat(1000)} />
    <Choices />
    <ul className="design-list">
      {SESSIONS.map((session, index) => (
        <SessionRow
          key={session.session_id}
          session={session}
          tabStop
          onVisit={() => undefined}
          current={index === 0}
          actions={ACTIONS}
        />
      ))}
    </ul>
    <Notices text="This could not be done." calm={false} onDismiss={nothing} />
    <Notices text="The old version stays." calm onDismiss={nothing} />
    <Toast text="A note that lies over the page" onClose={nothing} onHold={nothing} />
    <div className="skeleton">
      <i className="mine" />
      <i />
    </div>
  </div>
);
