import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { fakeServer } from "../testing/fakeServer";
import { aDocument, aPicture, chosen, FakeUpload } from "../testing/fakeUpload";
import { forgetDraft, moveDraft, resetFiles, returnToDraft } from "./drafts";
import { chosenFile } from "./uploads";
import { useDraft } from "./useDraft";

const LIMITS = { files: 10, bytes: 1_000 };
let server: ReturnType<typeof fakeServer>;

beforeEach(() => {
  FakeUpload.install();
  server = fakeServer();
});

function open(sessionId: string | null = "s") {
  const { result, rerender, unmount } = renderHook(({ id }) => useDraft(id, LIMITS), {
    initialProps: { id: sessionId },
  });
  return {
    draft: () => result.current,
    text: () => result.current.text.get(),
    names: () => result.current.files.map(({ name }) => name),
    attach: (...names: string[]) =>
      act(() => void result.current.attach(names.map((name) => chosen(name)))),
    go: (id: string | null) => rerender({ id }),
    unmount,
  };
}

const upload = (at: number) => FakeUpload.all[at] as FakeUpload;

describe("the uploads of a draft", () => {
  it("run two at a time, with their progress", async () => {
    const { draft, attach } = open();
    attach("a.txt", "b.txt", "c.txt");
    expect(FakeUpload.all.map(({ file }) => file.name)).toEqual(["a.txt", "b.txt"]);
    upload(0).progress(0.4);
    expect(draft().files.map(({ share }) => share)).toEqual([0.4, 0, 0]);
    await upload(0).answer(201, aDocument("a"));
    expect(draft().files[0]).toMatchObject({ phase: "ready", stored: { id: "a" } });
    expect(upload(2).file.name).toBe("c.txt");
  });

  it("say why they failed, and are tried again", async () => {
    const { draft, attach } = open();
    attach("a.bin");
    await upload(0).answer(415, { code: "file_type_refused", detail: "No." });
    expect(draft().files[0]).toMatchObject({
      phase: "failed",
      fault: { code: "file_type_refused" },
    });
    act(() => draft().uploadAgain(draft().files[0]?.key ?? ""));
    await upload(1).breakOff();
    expect(draft().files[0]?.fault?.code).toBe("network");
  });

  it("stop when the file is removed", async () => {
    const { draft, attach } = open();
    attach("a.txt", "b.txt", "c.txt");
    act(() => draft().detach(draft().files[0] as never));
    expect(upload(0).aborted).toBe(true);
    await waitFor(() => expect(FakeUpload.all).toHaveLength(3));
    expect(draft().files).toHaveLength(2);
  });

  it("go on in the draft of their session while another one is open", async () => {
    const { draft, names, attach, go } = open("s");
    attach("a.txt");
    go("t");
    expect(draft().files).toEqual([]);
    await upload(0).answer(201, aDocument("a"));
    go("s");
    expect(names()).toEqual(["a.txt"]);
    expect(draft().files[0]?.phase).toBe("ready");
  });

  it("are deleted on the server where the file was removed", async () => {
    const { draft, attach } = open();
    attach("a.txt");
    await upload(0).answer(201, aDocument("a"));
    act(() => draft().detach(draft().files[0] as never));
    expect(server.calls).toContain("DELETE /files/a");
  });
});

describe("the text of a draft", () => {
  it("renders nothing that does not show it", () => {
    let renders = 0;
    const { result } = renderHook(() => {
      renders += 1;
      return useDraft("s", LIMITS);
    });
    const draft = result.current;
    act(() => draft.write("look"));
    expect(renders).toBe(1);
    expect(result.current).toBe(draft);
    expect(draft.text.get()).toBe("look");
  });

  it("is that of the session that is open, and kept for each", () => {
    const { draft, text, go } = open("s");
    act(() => draft().write("of s"));
    go("t");
    expect(text()).toBe("");
    act(() => draft().write("of t"));
    go("s");
    expect(text()).toBe("of s");
    go("t");
    expect(text()).toBe("of t");
  });

  it("comes before what was typed since, where it returns", () => {
    const { draft, text } = open("s");
    act(() => draft().write("typed since"));
    act(() => returnToDraft("s", { text: "lost", files: [] }));
    expect(text()).toBe("lost\ntyped since");
  });
});

describe("a draft with files", () => {
  it("keeps what was uploaded over a reload, and forgets what was not", async () => {
    const { attach, unmount } = open();
    attach("a.pdf", "b.pdf");
    await upload(0).answer(201, aDocument("a"));
    unmount();
    const kept = { ...localStorage };
    resetFiles();
    for (const [name, value] of Object.entries(kept)) localStorage.setItem(name, value);
    expect(open().names()).toEqual(["a.pdf"]);
  });

  it("is taken as a whole, and restored after a refusal", async () => {
    const { draft, text, attach, names } = open();
    act(() => draft().write("look"));
    attach("a.pdf");
    await upload(0).answer(201, aDocument("a"));
    let taken = { text: "", files: [] } as ReturnType<ReturnType<typeof useDraft>["take"]>;
    act(() => {
      taken = draft().take();
    });
    expect(taken).toEqual({ text: "look", files: [aDocument("a")] });
    expect(text()).toBe("");
    expect(names()).toEqual([]);
    act(() => draft().restore(taken.text, taken.files));
    expect(text()).toBe("look");
    expect(names()).toEqual(["a.pdf"]);
  });

  it("keeps the files that are not uploaded where the others are sent", async () => {
    const { draft, attach, names } = open();
    attach("a.pdf", "b.pdf", "c.pdf");
    await upload(0).answer(201, aDocument("a"));
    await upload(1).breakOff();
    act(() => void draft().take());
    expect(names()).toEqual(["b.pdf", "c.pdf"]);
    await upload(2).answer(201, aDocument("c"));
    expect(draft().files.map(({ phase }) => phase)).toEqual(["failed", "ready"]);
  });

  it("moves with the new chat, and comes back to a session that is not open", () => {
    const { attach, names, go } = open(null);
    attach("a.txt");
    act(() => moveDraft("s"));
    go("s");
    expect(names()).toEqual(["a.txt"]);
    go("t");
    act(() => returnToDraft("s", { text: "lost", files: [aPicture("p")] }));
    go("s");
    expect(names()).toEqual(["p.png", "a.txt"]);
  });

  it("is forgotten with its session", () => {
    act(() => returnToDraft("s", { text: "lost", files: [aPicture("p")] }));
    act(() => forgetDraft("s"));
    const { text, names } = open("s");
    expect(text()).toBe("");
    expect(names()).toEqual([]);
    expect(localStorage).toHaveLength(0);
  });

  it("takes no more than ten files", () => {
    const { draft } = open();
    const many = Array.from({ length: 12 }, (_, number) => chosen(`${number}.txt`));
    let taken = 0;
    act(() => {
      taken = draft().attach(many);
    });
    expect(taken).toBe(10);
    expect(draft().files).toHaveLength(10);
  });
});

describe("the chosen files of a page", () => {
  async function uploaded() {
    const opened = open();
    opened.attach("a.pdf");
    const key = opened.draft().files[0]?.key ?? "";
    await upload(0).answer(201, aDocument("a"));
    expect(chosenFile(key)?.name).toBe("a.pdf");
    return { ...opened, key };
  }

  it("are released once their question is sent", async () => {
    const { draft, key } = await uploaded();
    act(() => void draft().take());
    expect(chosenFile(key)).toBeUndefined();
  });

  it("stay where the draft moves to its session", async () => {
    const { attach, draft } = open(null);
    attach("a.pdf");
    const key = draft().files[0]?.key ?? "";
    act(() => moveDraft("s"));
    expect(chosenFile(key)?.name).toBe("a.pdf");
  });

  it("are released once their session is forgotten and their upload has ended", async () => {
    const { attach, draft } = open("s");
    attach("a.pdf");
    const key = draft().files[0]?.key ?? "";
    act(() => forgetDraft("s"));
    expect(chosenFile(key)?.name).toBe("a.pdf");
    await upload(0).answer(201, aDocument("a"));
    expect(chosenFile(key)).toBeUndefined();
    expect(server.calls).toContain("DELETE /files/a");
  });
});
