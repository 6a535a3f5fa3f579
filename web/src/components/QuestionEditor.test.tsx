import { fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { aDocument, aPicture } from "../testing/fakeUpload";
import { render } from "../testing/render";
import { QuestionEditor } from "./QuestionEditor";

it("keeps the files of the question, but for those that are removed", () => {
  const onSend = vi.fn();
  const files = [aPicture("p"), aDocument("d")];
  render(
    <QuestionEditor text="look" files={files} busy={false} onSend={onSend} onCancel={vi.fn()} />,
  );
  fireEvent.click(screen.getByTestId("resend"));
  expect(onSend).toHaveBeenLastCalledWith({ text: "look", files });
  fireEvent.click(screen.getByRole("button", { name: "Remove “p.png”" }));
  fireEvent.click(screen.getByTestId("resend"));
  expect(onSend).toHaveBeenLastCalledWith({ text: "look", files: [aDocument("d")] });
});
