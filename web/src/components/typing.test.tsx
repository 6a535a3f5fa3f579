import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { draftOf } from "../state/drafts";
import { FakeEventSource } from "../testing/fakeEventSource";
import { FakeUpload } from "../testing/fakeUpload";
import { LivePage, ROLE } from "../testing/LivePage";
import { render } from "../testing/render";

/** The names of the parts of the page that were rendered, in order. */
const renders = vi.hoisted(() => [] as string[]);
const counted = vi.hoisted(() => (name: string) => () => {
  renders.push(name);
  return null;
});
vi.mock("./PrintNote", () => ({ PrintNote: counted("page") }));
vi.mock("./QuestionView", () => ({ QuestionView: counted("message") }));
vi.mock("./files/AttachButton", () => ({ AttachButton: counted("files") }));
vi.mock("./ComposerNote", () => ({ ComposerNote: counted("composer") }));

const HISTORY = {
  session_id: "s",
  title: "",
  role: ROLE,
  messages: [{ id: "q", role: "user", content: "hi", timestamp: 1, turn_id: "s.1" }],
  ...{ total: 1, has_more: false, trimmed: false, waiting: [], paused: false, active_turn: "s.1" },
};

beforeEach(() => {
  FakeEventSource.all = [];
  FakeUpload.install();
  vi.stubGlobal("EventSource", FakeEventSource);
  vi.stubGlobal("fetch", async () => Response.json(HISTORY));
});

it("renders nothing but the composer where a key is pressed", async () => {
  render(<LivePage />);
  await waitFor(() => expect(renders).toContain("message"));
  await waitFor(() => expect(FakeEventSource.all).toHaveLength(1));
  const box = screen.getByTestId<HTMLTextAreaElement>("composer");
  renders.length = 0;
  for (const text of ["n", "ne", "nex", "next"]) fireEvent.change(box, { target: { value: text } });
  expect(box.value).toBe("next");
  expect(draftOf("s")).toBe("next");
  expect(renders).toEqual(["composer", "composer", "composer", "composer"]);
});
