import { QuestionEditor } from "../components/QuestionEditor";
import { QuestionView } from "../components/QuestionView";
import { ReplyView } from "../components/ReplyView";
import { type ReplySteps, ReplyStepsContext } from "../components/replies/replySteps";
import { QUESTIONS, REPLIES } from "./messages";

const nothing = () => undefined;
const steps: ReplySteps = {
  personas: {},
  againWith: nothing,
  goOn: nothing,
  vote: async () => true,
};
const branches = { show: nothing, reveal: nothing, remove: nothing };

export const MessageSamples = () => (
  <ReplyStepsContext value={steps}>
    <div className="log">
      {QUESTIONS.map((entry) => (
        <QuestionView key={entry.key} entry={entry} onEdit={nothing} branches={branches} />
      ))}
      <QuestionEditor
        text="A question that is being edited"
        busy={false}
        onSend={nothing}
        onCancel={nothing}
      />
      {REPLIES.map((entry) => (
        <ReplyView
          key={entry.key}
          entry={entry}
          name="Assistant"
          onAgain={nothing}
          branches={branches}
          next={null}
        />
      ))}
    </div>
  </ReplyStepsContext>
);
