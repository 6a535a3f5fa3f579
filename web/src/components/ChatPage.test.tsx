import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { History } from "../api/schemas";
import { catalogues } from "../i18n/catalogue";
import { keepSend } from "../state/outbox";
import { FakeEventSource } from "../testing/fakeEventSource";
import { aDocument, chosen, FakeUpload } from "../testing/fakeUpload";
import { LivePage } from "../testing/LivePage";
import { render } from "../testing/render";

const NOTHING: History = {
  session_id: "s",
  title: "",
  role: "assistant",
  messages: [],
  total: 0,
  has_more: false,
  trimmed: false,
  waiting: [],
  paused: false,
  active_turn: null,
};
const ANSWERED = {
  ...NOTHING,
  messages: [
    { id: "q1", role: "user", content: "hi", timestamp: 1, turn_id: "s.1" },
    { id: "a1", role: "assistant", content: "yes", timestamp: 2, finish_reason: "stop" },
  ],
};

/** Answers the history, and each question with the next answer. Records the keys that were sent. */
function server(...answers: Response[]): string[] {
  const keys: string[] = [];
  vi.stubGlobal("fetch", async (_url: string, init?: RequestInit) => {
    if (init?.method !== "POST") return Response.json(NOTHING);
    keys.push(new Headers(init.headers).get("Idempotency-Key") ?? "");
    return answers.shift() ?? Response.json({ turn_id: "s.1" }, { status: 202 });
  });
  return keys;
}

const tooFast = () =>
  Response.json(
    { code: "rate_limited", detail: "Slow down." },
    { status: 429, headers: { "Retry-After": "2" } },
  );

const refused = () => Response.json({ code: "queue_full", detail: "Full." }, { status: 409 });

const attach = (name: string) =>
  fireEvent.change(screen.getByTestId("files"), { target: { files: [chosen(name)] } });
const sendAgain = () => screen.findByTestId<HTMLButtonElement>("send-again");

async function ask(text: string) {
  const box = await screen.findByTestId("composer");
  await waitFor(() => expect(screen.getByText(catalogues.en.welcomeTitle)).toBeTruthy());
  fireEvent.change(box, { target: { value: text } });
  await act(async () => void fireEvent.keyDown(box, { key: "Enter" }));
  return box as HTMLTextAreaElement;
}

beforeEach(() => {
  FakeEventSource.all = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

describe("a send that the server refuses for now", () => {
  it("keeps the text, counts down, and may then be tried again", async () => {
    const keys = server(tooFast());
    render(<LivePage />);
    const box = await ask("hello");
    const notice = await screen.findByTestId("notice");
    expect(notice.textContent).toContain("Too many requests");
    expect(notice.textContent).toMatch(/again in [12] s/);
    expect(box.value).toBe("hello");
    const again = screen.getByTestId<HTMLButtonElement>("send-again");
    expect(again.disabled).toBe(true);

    fireEvent.keyDown(box, { key: "Enter" });
    expect(screen.getByTestId("hint").textContent).toContain("Not yet");
    expect(keys).toHaveLength(1);

    await waitFor(() => expect(again.disabled).toBe(false), { timeout: 4_000 });
    await act(async () => void fireEvent.click(again));
    expect(keys).toHaveLength(2);
    expect(box.value).toBe("");
    expect(screen.queryByTestId("notice")).toBeNull();
  });

  it("speaks of no text where a new reply to an old question was refused", async () => {
    vi.stubGlobal("fetch", async (_url: string, init?: RequestInit) =>
      init?.method === "POST" ? tooFast() : Response.json(ANSWERED),
    );
    render(<LivePage />);
    const regenerate = await screen.findByTestId("regenerate");
    await act(async () => void fireEvent.click(regenerate));
    const notice = await screen.findByTestId("notice");
    expect(notice.textContent).toContain("No new reply was started.");
    expect(notice.textContent).not.toContain("your text");
  });

  it("is not tried again without the files that are still uploaded", async () => {
    FakeUpload.install();
    const keys = server(refused());
    render(<LivePage />);
    await ask("what does it say?");
    const again = await sendAgain();
    expect(again.disabled).toBe(false);
    attach("a.pdf");
    expect(again.disabled).toBe(true);
    await FakeUpload.all[0]?.answer(201, aDocument("a"));
    expect(again.disabled).toBe(false);
    await act(async () => void fireEvent.click(again));
    expect(keys).toHaveLength(2);
    expect(screen.queryByTestId("draft-file")).toBeNull();
  });

  it("of a new reply is tried again whatever files the draft has", async () => {
    FakeUpload.install();
    vi.stubGlobal("fetch", async (_url: string, init?: RequestInit) =>
      init?.method === "POST" ? refused() : Response.json(ANSWERED),
    );
    render(<LivePage />);
    const regenerate = await screen.findByTestId("regenerate");
    await act(async () => void fireEvent.click(regenerate));
    const again = await sendAgain();
    attach("a.pdf");
    expect(screen.getByTestId("draft-file").dataset.phase).toBe("uploading");
    expect(again.disabled).toBe(false);
  });

  it("gives the first question of a new chat back that was cut off by closing the page", async () => {
    keepSend(null, { key: "k", text: "first question", after: null, replaceFrom: null });
    server();
    render(<LivePage sessionId={null} />);
    const box = await screen.findByTestId<HTMLTextAreaElement>("composer");
    await waitFor(() => expect(box.value).toBe("first question"));
  });

  it("opens an edit again that was cut off by closing the page", async () => {
    const kept = { key: "k", text: "edited", after: null, replaceFrom: "q1" };
    keepSend("s", kept);
    const question = { id: "q1", role: "user", content: "hi", timestamp: 1, turn_id: "s.1" };
    vi.stubGlobal("fetch", async () => Response.json({ ...NOTHING, messages: [question] }));
    render(<LivePage />);
    expect((await screen.findByTestId<HTMLTextAreaElement>("edit-text")).value).toBe("edited");
  });

  it("shows the server's sentence for a code it does not know", async () => {
    server(Response.json({ code: "moon_full", detail: "Wait for the new moon." }, { status: 409 }));
    render(<LivePage />);
    await ask("hello");
    expect((await screen.findByTestId("notice")).textContent).toContain("Wait for the new moon.");
  });
});
