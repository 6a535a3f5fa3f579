import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Feedback, Message } from "../../api/schemas";
import type { ReplyEntry } from "../../state/entries";
import { OfferedModels } from "../../state/models";
import { stopSpeaking } from "../../state/speaker";
import { aModel } from "../../testing/models";
import { render } from "../../testing/render";
import { ReplyActions } from "./ReplyActions";
import { ReplyStepsContext } from "./replySteps";

const MESSAGE = {
  id: "a1",
  role: "assistant",
  content: "a",
  timestamp: 1,
  model: "one",
} as Message;
const persona = (name: string) => ({ name, icon: "🤖", description: "", welcome: "" });
const PERSONAS = { assistant: persona("Assistant"), teacher: persona("Teacher") };

function show(more: Partial<ReplyEntry> = {}, feedback?: Feedback, models = ["one", "two"]) {
  const steps = {
    personas: PERSONAS,
    againWith: vi.fn(),
    goOn: vi.fn(),
    vote: vi.fn(async () => true),
  };
  const message = feedback ? { ...MESSAGE, feedback } : MESSAGE;
  const entry = {
    kind: "reply", key: "r", id: "a1", text: "Hello **there**.", phase: "done", latest: true, versions: null,
    resuming: false, message, ...more,
  } as ReplyEntry; // biome-ignore format: one line each would hide what matters
  const view = (
    <OfferedModels value={models.map((id) => aModel(id))}>
      <ReplyStepsContext value={steps}>
        <ReplyActions
          entry={entry}
          name="Assistant"
          busy={false}
          repeatable
          onAgain={vi.fn()}
          branches={{ show: vi.fn(), reveal: vi.fn(), remove: vi.fn() }}
        />
      </ReplyStepsContext>
    </OfferedModels>
  );
  render(view);
  return { steps, entry };
}

const click = (testId: string) => act(async () => void fireEvent.click(screen.getByTestId(testId)));

/** The panel of a vote is a popover, which the test's document lacks. */
function popovers() {
  const toggle = (newState: string) =>
    function show(this: HTMLElement) {
      this.dispatchEvent(Object.assign(new Event("toggle"), { newState }));
    };
  Object.assign(HTMLElement.prototype, {
    showPopover: toggle("open"),
    hidePopover: toggle("closed"),
  });
}

beforeEach(popovers);

describe("regenerate with", () => {
  it("offers the other models and personas", async () => {
    const { steps, entry } = show();
    fireEvent(
      document.querySelector("[role=menu]") as Element,
      Object.assign(new Event("beforetoggle"), { newState: "open" }),
    );
    fireEvent.click(screen.getByText("TWO"));
    expect(steps.againWith).toHaveBeenCalledWith(entry, { model: "two" });
    fireEvent.click(screen.getByText("Teacher"));
    expect(steps.againWith).toHaveBeenCalledWith(entry, { role: "teacher" });
  });

  it("names the model of a version, where there are several", () => {
    show();
    expect(screen.queryByTestId("written-by")).toBeNull();
    cleanup();
    show({ versions: { index: 0, count: 2, ids: ["a1", "a2"] } });
    expect(screen.getByTestId("written-by").textContent).toBe("ONE");
  });
});

describe("votes", () => {
  it("are sent at once, and a word on them after", async () => {
    const { steps } = show({}, { vote: "up", text: "" });
    expect(screen.getByTestId("vote-up").getAttribute("aria-pressed")).toBe("true");
    await click("vote-down");
    expect(steps.vote).toHaveBeenCalledWith("a1", { vote: "down", text: "" });
    fireEvent.change(screen.getByTestId("vote-text"), { target: { value: " Too long. " } });
    await click("vote-save");
    expect(steps.vote).toHaveBeenLastCalledWith("a1", { vote: "up", text: "Too long." });
  });

  it("are taken back, not sent again, from the vote that is pressed", async () => {
    const { steps } = show({}, { vote: "up", text: "Nice" });
    await click("vote-up");
    expect(steps.vote).not.toHaveBeenCalled();
    expect((screen.getByTestId("vote-text") as HTMLTextAreaElement).value).toBe("Nice");
    await click("vote-back");
    expect(steps.vote).toHaveBeenCalledWith("a1", null);
  });

  it("that fail are said to have failed", async () => {
    const { steps } = show();
    steps.vote.mockResolvedValue(false);
    await click("vote-up");
    expect(screen.getByRole("alert").textContent).toContain("could not be saved");
  });
});

class FakeUtterance {
  lang = "";
  voice: unknown = null;
  onend: () => void = () => undefined;
  onerror: () => void = () => undefined;
  constructor(readonly text: string) {}
}

describe("read aloud", () => {
  const spoken: FakeUtterance[] = [];
  const speech = {
    getVoices: () => [{ lang: "zh-CN", localService: true }],
    speak: (utterance: FakeUtterance) => void spoken.push(utterance),
    pause: vi.fn(),
    resume: vi.fn(),
    cancel: vi.fn(),
  };

  beforeEach(() => {
    spoken.length = 0;
    vi.stubGlobal("speechSynthesis", speech);
    vi.stubGlobal("SpeechSynthesisUtterance", FakeUtterance);
  });
  afterEach(() => {
    stopSpeaking();
    vi.unstubAllGlobals();
  });

  it("is offered only where the browser has a voice", () => {
    vi.unstubAllGlobals();
    show();
    expect(screen.queryByTestId("read-aloud")).toBeNull();
  });

  it("reads the text in its language without code, pauses and goes on", async () => {
    show({ text: "你好，**世界**。\n```\ncode\n```" });
    await click("read-aloud");
    expect(spoken.map(({ text, lang }) => [text, lang])).toEqual([["你好，世界。", "zh-CN"]]);
    await click("pause-reading");
    expect(speech.pause).toHaveBeenCalled();
    await click("pause-reading");
    expect(speech.resume).toHaveBeenCalled();
    await act(async () => spoken.at(-1)?.onend());
    expect(screen.getByTestId("read-aloud")).toBeTruthy();
  });

  it("stops when the reply is left", async () => {
    show();
    await click("read-aloud");
    speech.cancel.mockClear();
    cleanup();
    expect(speech.cancel).toHaveBeenCalled();
  });
});
