import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Model } from "../api/schemas";
import { MessageLimit } from "../lib/typing";
import { OfferedModels } from "../state/models";
import { useDraft } from "../state/useDraft";
import { fakeServer } from "../testing/fakeServer";
import { aDocument, aPicture, chosen, FakeUpload } from "../testing/fakeUpload";
import { aChoice, aModel } from "../testing/models";
import { render } from "../testing/render";
import { DraftComposer } from "./DraftComposer";
import { useObstacle } from "./files/useObstacle";

const BLIND = aModel("blind");
const LIMITS = { files: 10, bytes: 5_000 };
const SEEING = aModel("seeing", { can: ["vision"] });

function Page({ onSend, onFault, onRefused }: Record<string, (value?: unknown) => void>) {
  const draft = useDraft("s", LIMITS);
  const [model, setModel] = useState<Model>(BLIND);
  const obstacle = useObstacle(draft, model);
  const choice = { ...aChoice({ model }), chooseModel: () => setModel(SEEING) };
  return (
    <MessageLimit value={20}>
      <OfferedModels value={[BLIND, SEEING]}>
        <DraftComposer
          draft={draft}
          choice={choice}
          attachable
          persona=""
          focusKey=""
          busy={false}
          hint={obstacle}
          obstructed={obstacle !== ""}
          stoppable={false}
          queues={false}
          stopping={false}
          onWrite={draft.write}
          onSend={() => onSend?.()}
          onRefused={() => onRefused?.()}
          onStop={() => undefined}
          onFault={(fault) => onFault?.(fault)}
        />
      </OfferedModels>
    </MessageLimit>
  );
}

function show() {
  const calls = { onSend: vi.fn(), onFault: vi.fn(), onRefused: vi.fn() };
  render(<Page {...calls} />);
  const box = screen.getByTestId<HTMLTextAreaElement>("composer");
  return { ...calls, box, write: (value: string) => fireEvent.change(box, { target: { value } }) };
}

const choose = (...files: File[]) =>
  fireEvent.change(screen.getByTestId("files"), { target: { files } });
const upload = (at = 0) => FakeUpload.all[at] as FakeUpload;
const hint = () => screen.queryByTestId("hint")?.textContent ?? "";
const items = () => screen.queryAllByTestId("draft-file");
const ofFiles = (...files: File[]) => ({
  types: ["Files"],
  items: files.map((file) => ({ kind: "file", getAsFile: () => file })),
  getData: () => "",
});
/** An event that happy-dom has no data for. */
const withData = (name: string, field: string, data: object) =>
  Object.assign(new Event(name, { bubbles: true, cancelable: true }), { [field]: data });

beforeEach(() => {
  FakeUpload.install();
  fakeServer();
});

describe("a question with files", () => {
  it("is sent once they are uploaded and there is a text", async () => {
    const { box, write, onSend, onRefused } = show();
    choose(chosen("a.pdf", "application/pdf"));
    write("look");
    expect(hint()).toContain("still being uploaded");
    fireEvent.keyDown(box, { key: "Enter" });
    expect(onRefused).toHaveBeenCalledTimes(1);
    await upload().answer(201, aDocument("a"));
    write("");
    expect(hint()).toContain("Write a question");
    write("look");
    fireEvent.keyDown(box, { key: "Enter" });
    expect(onSend).toHaveBeenCalledTimes(1);
  });

  it("says why a file was not uploaded, and is not sent without it by mistake", async () => {
    const { write, onSend } = show();
    choose(chosen("a.exe"));
    write("look");
    await upload().answer(415, { code: "file_type_refused" });
    expect(items()[0]?.textContent).toContain("This kind of file cannot be read here.");
    fireEvent.click(screen.getByTestId("send"));
    expect(onSend).not.toHaveBeenCalled();
    fireEvent.click(screen.getByTestId("remove-file"));
    fireEvent.click(screen.getByTestId("send"));
    expect(onSend).toHaveBeenCalledTimes(1);
  });

  it("with a picture needs a model that sees, which it offers", async () => {
    const { write, onSend } = show();
    choose(chosen("p.png", "image/png"));
    await upload().answer(201, aPicture("p"));
    write("what is it?");
    expect(screen.getByTestId("vision-note").textContent).toContain("BLIND cannot see pictures.");
    expect(screen.getByRole("img", { name: /BLIND will not see/ })).toBeTruthy();
    fireEvent.click(screen.getByTestId("send"));
    expect(onSend).not.toHaveBeenCalled();
    fireEvent.click(screen.getByText("Use SEEING"));
    expect(screen.queryByTestId("vision-note")).toBeNull();
    fireEvent.click(screen.getByTestId("send"));
    expect(onSend).toHaveBeenCalledTimes(1);
  });
});

describe("files", () => {
  it("are dropped anywhere on the page", async () => {
    const { onFault } = show();
    const data = ofFiles(chosen("a.txt"));
    act(() => void window.dispatchEvent(withData("dragover", "dataTransfer", data)));
    expect(screen.getByTestId("drop-zone")).toBeTruthy();
    act(() => void window.dispatchEvent(withData("drop", "dataTransfer", data)));
    expect(screen.queryByTestId("drop-zone")).toBeNull();
    expect(items()).toHaveLength(1);
    expect(onFault).not.toHaveBeenCalled();
  });

  it("are pasted, with names that tell them apart", () => {
    const { box } = show();
    const data = ofFiles(chosen("image.png", "image/png"));
    act(() => void box.dispatchEvent(withData("paste", "clipboardData", data)));
    expect(items()[0]?.title).toMatch(/^Picture \d{6}\.png$/);
  });

  it("are refused where a message has no room for more", () => {
    const { onFault } = show();
    choose(...Array.from({ length: 11 }, (_, number) => chosen(`${number}.txt`)));
    expect(items()).toHaveLength(10);
    expect(onFault).toHaveBeenCalledWith(expect.objectContaining({ code: "too_many_files" }));
  });

  it("that are too large are not even sent", () => {
    show();
    choose(new File(["x".repeat(5_001)], "big.txt"));
    expect(items()[0]?.textContent).toContain("too large");
    expect(screen.queryByTestId("upload-again")).toBeNull();
    expect(FakeUpload.all).toHaveLength(0);
  });

  it.each([
    [0, true],
    [1, false],
  ])("of which %s characters are read say that there is no text: %s", async (characters, said) => {
    show();
    choose(chosen("scan.pdf", "application/pdf"));
    await upload().answer(201, aDocument("scan", { pages: 3, characters }));
    expect(items()[0]?.textContent).toContain("PDF · 3 pages");
    expect(items()[0]?.textContent?.includes("No text found")).toBe(said);
  });

  it("are cancelled while they are uploaded", () => {
    show();
    choose(chosen("a.txt"));
    upload().progress(0.5);
    expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("50");
    fireEvent.click(screen.getByRole("button", { name: "Cancel the upload of “a.txt”" }));
    expect(upload().aborted).toBe(true);
    expect(items()).toHaveLength(0);
  });
});

describe("a text that is too long", () => {
  const LONG = "x".repeat(30);

  it("becomes a file", async () => {
    const { box, write } = show();
    write(LONG);
    fireEvent.click(screen.getByText("Attach the text as a file"));
    expect(box.value).toBe("");
    await waitFor(() => expect(items()).toHaveLength(1));
    expect(await upload().file.text()).toBe(LONG);
    expect(upload().file.name).toBe("pasted-1.txt");
  });

  it("becomes a file when it is pasted, and goes back where it was pasted", async () => {
    const { box, write } = show();
    const pasted = "words ".repeat(700);
    write("Read: , please");
    box.setSelectionRange(6, 6);
    const clipboardData = { getData: () => pasted, items: [], types: [] };
    expect(fireEvent.paste(box, { clipboardData })).toBe(false);
    await waitFor(() => expect(items()).toHaveLength(1));
    expect(box.value).toBe("Read: , please");
    fireEvent.click(screen.getByTestId("put-back"));
    await waitFor(() => expect(box.value).toBe(`Read: ${pasted}, please`));
    expect(items()).toHaveLength(0);
  });

  it("keeps what was written, where the rest was pasted", async () => {
    const { box, write } = show();
    fireEvent.paste(box, { clipboardData: { getData: () => LONG, items: [], types: [] } });
    write(`Read this: ${LONG}`);
    fireEvent.click(screen.getByText("Attach the pasted text as a file"));
    expect(box.value).toBe("Read this: ");
    expect(await upload().file.text()).toBe(LONG);
  });
});
