import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { render } from "../testing/render";
import { MessageSheets } from "./MessageSheets";

const copy = vi.fn();

function Page() {
  return (
    <>
      <article data-testid="message">
        <div className="bubble">
          <p>Some text</p>
          <a href="/x">The source of this</a>
        </div>
        <div className="actions">
          <button type="button" aria-label="Copy" data-testid="copy" onClick={copy}>
            <svg aria-hidden="true" />
          </button>
          <button type="button" aria-label="Busy" disabled />
        </div>
      </article>
      <MessageSheets />
    </>
  );
}

const touch = (is: boolean) => vi.stubGlobal("matchMedia", () => ({ matches: is }));
const rest = (text: string) => act(async () => void fireEvent.contextMenu(screen.getByText(text)));
const items = async () =>
  [...(await screen.findByTestId("message-sheet")).querySelectorAll("button")].map(
    (button) => button.textContent,
  );

beforeEach(() => copy.mockReset());

it("lists the buttons of a message at which a finger rests", async () => {
  touch(true);
  render(<Page />);
  await rest("Some text");
  expect(await items()).toEqual(["Copy", "Select the text"]);
  fireEvent.click(screen.getByText("Copy"));
  await waitFor(() => expect(copy).toHaveBeenCalledOnce());
  expect(screen.queryByTestId("message-sheet")).toBeNull();
});

it("selects the text of the message", async () => {
  touch(true);
  render(<Page />);
  await rest("Some text");
  await items();
  fireEvent.click(screen.getByText("Select the text"));
  await waitFor(() => expect(getSelection()?.toString()).toContain("Some text"));
  getSelection()?.removeAllRanges();
});

it("leaves links and pointers to the browser", async () => {
  touch(true);
  render(<Page />);
  await rest("The source of this");
  touch(false);
  await rest("Some text");
  expect(screen.queryByTestId("message-sheet")).toBeNull();
});
