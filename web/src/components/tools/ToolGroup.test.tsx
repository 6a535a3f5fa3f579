import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Approval } from "../../api/schemas";
import type { Call } from "../../state/calls";
import { connection } from "../../state/connection";
import { fakeFetch } from "../../testing/fakeFetch";
import { render } from "../../testing/render";
import { ToolGroup } from "./ToolGroup";

const CALL: Call = {
  id: "c",
  name: "delete_file",
  title: "Delete a file",
  arguments: '{"path":"/a <b>bold</b>"}',
  server: "files",
  started: false,
  asked: [],
  progress: null,
  since: null,
};
const ASKED: Approval = { id: "0", index: 0, kind: "call", state: "asked" };
const ANSWER = "POST /api/chat/turns/s.1/approvals";

function show(more: Partial<Call> = {}, live = true, locale?: "zh-CN") {
  const group = (call: Call) => (
    <ToolGroup calls={[call]} complete live={live} turnId={live ? "s.1" : null} />
  );
  const { rerender } = render(group({ ...CALL, ...more }), locale);
  return (next: Partial<Call>) => rerender(group({ ...CALL, ...next }));
}

const stateOf = () => screen.getByTestId("tool-state").textContent;
const press = (testId: string) => act(async () => void fireEvent.click(screen.getByTestId(testId)));
const sent = (fetch: ReturnType<typeof fakeFetch>) =>
  fetch.mock.calls.map(([url, init]) => ({
    to: `${init?.method} ${url}`,
    ...JSON.parse(String(init?.body)),
  }));

describe("the card of a call", () => {
  it("is there for each call, also where imported ids are equal", () => {
    const error = vi.spyOn(console, "error");
    const calls = [CALL, { ...CALL, name: "other", title: "Another tool" }];
    render(<ToolGroup calls={calls} complete live={false} turnId={null} />);
    expect(screen.getAllByTestId("tool-card").length).toBe(2);
    expect(error).not.toHaveBeenCalled();
    error.mockRestore();
  });

  it.each([
    [{}, "About to run"],
    [{ asked: [ASKED] }, "Waits for you"],
    [{ started: true, since: Date.now() }, "Running"],
    [{ status: "ok", seconds: 2.13, content: "x" }, "Done · 2.1 s"],
    [{ status: "ok", seconds: 0.004, content: "x" }, "Done · 0.1 s"],
    [{ status: "ok", seconds: 75.2, content: "x" }, "Done · 75 s"],
    [{ status: "error", content: "no" }, "Failed"],
    [{ status: "denied", content: "" }, "Denied"],
    [{ status: "unknown", content: "" }, "Outcome unknown"],
    [{ status: "limit", content: "" }, "Not run: limit reached"],
  ] satisfies [Partial<Call>, string][])("says of %o: %s", (more, words) => {
    show(more);
    expect(stateOf()).toBe(words);
  });

  it("says plainly that the outcome is unknown, also folded", () => {
    show({ status: "unknown", content: "" });
    const { textContent } = screen.getByTestId("tool-card");
    expect(textContent).toContain("it is not known whether the call took effect");
    cleanup();
    show({ started: true }, false, "zh-CN");
    expect(screen.getByTestId("tool-card").textContent).toContain("工具可能已经生效");
  });

  it("says once why a call failed, and folds what the model got", () => {
    const words = "The tool server files cannot be reached. The tool did not run.";
    const rerender = show({ status: "error", code: "tool_server_down", content: words });
    fireEvent.click(screen.getByTestId("tool-head"));
    const details = () => screen.getByTestId("tool-for-model").closest("details");
    expect(screen.queryByTestId("tool-result")).toBeNull();
    expect(details()?.open).toBe(false);
    expect(details()?.textContent).toBe(`Said to the model${words}`);
    rerender({ status: "error", content: "The tool's own words." });
    expect(screen.getByTestId("tool-result").textContent).toBe("The tool's own words.");
  });

  it("unfolds to arguments and result, which are text and no markup", () => {
    show({ status: "ok", content: "<a href='https://x.example'>a</a> https://x.example" });
    expect(screen.queryByTestId("tool-result")).toBeNull();
    fireEvent.click(screen.getByTestId("tool-head"));
    const card = screen.getByTestId("tool-card");
    expect(screen.getByTestId("tool-arguments").textContent).toBe(
      '{\n  "path": "/a <b>bold</b>"\n}',
    );
    expect(screen.getByTestId("tool-result").textContent).toContain("<a href=");
    expect(card.querySelectorAll("a, img")).toHaveLength(0);
    expect(card.querySelectorAll("b")).toHaveLength(1);
  });

  it("writes out characters that would hide others or change their order", () => {
    const override = "\u202e";
    show({
      title: `Read${override}\nfile`,
      server_title: `My${override}`,
      status: "ok",
      content: `one${override}\ttwo`,
    });
    fireEvent.click(screen.getByTestId("tool-head"));
    const { textContent } = screen.getByTestId("tool-card");
    expect(textContent).toContain("Read\\u202e fileMy\\u202e");
    expect(screen.getByTestId("tool-result").textContent).toBe("one\\u202e\ttwo");
    expect(textContent).not.toContain(override);
  });

  it("shows pictures of a result as those of questions", () => {
    show({ status: "ok", content: "", images: [{ id: "f", type: "image/png" }] });
    fireEvent.click(screen.getByTestId("tool-head"));
    const picture = screen.getByTestId("picture").querySelector("img");
    expect(picture?.getAttribute("src")).toBe("/api/files/f?form=preview");
    expect(picture?.getAttribute("alt")).toBe("Picture 1 of the tool");
  });

  it("shows how far a call is, and why one failed", () => {
    const rerender = show({ started: true, progress: { progress: 3, total: 4, message: "Row 3" } });
    expect(screen.getByTestId("tool-progress").getAttribute("aria-valuetext")).toBe("3 of 4");
    expect(screen.getByTestId("tool-head").textContent).toContain("Row 3");
    rerender({ status: "error", code: "tool_timeout", content: "" });
    fireEvent.click(screen.getByTestId("tool-head"));
    expect(screen.getByTestId("tool-card").textContent).toContain("took too long");
  });
});

it("says of calls that were answered that they wait for the other answers", () => {
  const of = (id: string, state: Approval["state"]): Call => ({
    ...CALL,
    id,
    approval: { ...ASKED, id, state },
    asked: state === "asked" ? [{ ...ASKED, id }] : [],
  });
  const calls = [of("0", "allowed"), of("1", "denied"), of("2", "asked")];
  const group = (locale?: "zh-CN") =>
    render(<ToolGroup calls={calls} complete live turnId="s.1" />, locale);
  const lines = () => screen.getAllByTestId("tool-card").map(({ textContent }) => textContent);
  group();
  expect(lines()[0]).toContain("AllowedWaits for your other answers.");
  expect(lines()[1]).toContain("DeniedWaits for your other answers.");
  expect(lines()[2]).not.toContain("other answers");
  cleanup();
  group("zh-CN");
  expect(lines()[0]).toContain("已允许等你回答其他问题。");
});

describe("a question about a call", () => {
  it("names the server by its title, as its card does", () => {
    show({ asked: [ASKED], server_title: "My files" });
    expect(screen.getByTestId("approval").textContent).toContain("of the server “My files”");
    expect(screen.getByTestId("tool-head").textContent).toContain("My files");
  });

  it("names tool and server with the arguments in full, and takes no focus", () => {
    show({ asked: [ASKED] });
    const { textContent } = screen.getByTestId("approval");
    expect(textContent).toContain("“delete_file” of the server “files”");
    expect(textContent).toContain("/a <b>bold</b>");
    expect(document.activeElement).toBe(document.body);
  });

  it.each([
    ["allow-once", "allow"],
    ["allow-session", "allow_session"],
  ])("is answered by %s once", async (button, decision) => {
    const fetch = fakeFetch({});
    show({ asked: [ASKED] });
    await press(button);
    expect(sent(fetch)).toEqual([{ to: ANSWER, id: "0", decision }]);
    expect(screen.queryByTestId(button)).toBeNull();
    expect(screen.getByTestId("approval").textContent).toContain("Your answer is sent");
  });

  it("keeps the focus in the card while it is answered", async () => {
    fakeFetch({});
    show({ asked: [ASKED] });
    const focused = () => document.activeElement?.getAttribute("data-testid");
    await press("deny");
    expect(focused()).toBe("deny-word");
    fireEvent.keyDown(screen.getByTestId("deny-word"), { key: "Escape" });
    expect(focused()).toBe("deny");
    screen.getByTestId("allow-once").focus();
    await press("allow-once");
    expect(focused()).toBe("tool-head");
  });

  it("is denied with a word to the model, or none", async () => {
    const fetch = fakeFetch({});
    show({ asked: [ASKED] });
    await press("deny");
    fireEvent.keyDown(screen.getByTestId("deny-word"), { key: "Escape" });
    await press("deny");
    fireEvent.change(screen.getByTestId("deny-word"), { target: { value: " Not that one. " } });
    await act(
      async () => void fireEvent.submit(screen.getByTestId("deny-word").closest("form") as Element),
    );
    expect(sent(fetch)).toEqual([{ to: ANSWER, id: "0", decision: "deny", note: "Not that one." }]);
  });

  it("closes where it was answered elsewhere, and keeps the focus in the card", async () => {
    const rerender = show({ asked: [ASKED] });
    screen.getByTestId("allow-once").focus();
    await act(async () => rerender({ approval: { ...ASKED, state: "allowed" } }));
    expect(screen.queryByTestId("approval")).toBeNull();
    expect(document.activeElement).toBe(screen.getByTestId("tool-head"));
  });

  it("says that another answer counts, and offers none", async () => {
    const detail = "It was answered elsewhere.";
    fakeFetch({ status: 409, body: { code: "approval_answered", detail } });
    show({ asked: [ASKED] });
    await press("allow-once");
    expect(screen.getByRole("alert").textContent).not.toBe("");
    expect(screen.queryByTestId("allow-once")).toBeNull();
  });

  it("is asked anew where something else is asked under the same id", async () => {
    const fetch = fakeFetch({}, {});
    const rerender = show({ asked: [{ ...ASKED, revision: "a" }] });
    await press("allow-once");
    await act(async () => rerender({ asked: [{ ...ASKED, revision: "b" }] }));
    await press("allow-once");
    expect(sent(fetch).map(({ revision }) => revision)).toEqual(["a", "b"]);
  });

  it("can be answered again where the answer did not arrive", async () => {
    const fetch = fakeFetch("unreachable", {});
    show({ asked: [ASKED] });
    await press("allow-once");
    expect(screen.getByRole("alert").textContent).not.toBe("");
    await press("allow-once");
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it("does not say that the server cannot be reached once it can be", async () => {
    fakeFetch("unreachable");
    show({ asked: [ASKED] });
    act(() => connection.dispatch({ type: "unreachable" }));
    await press("allow-once");
    expect(screen.getByRole("alert").textContent).toContain("may not have arrived");
    act(() => connection.dispatch({ type: "answered" }));
    expect(screen.queryByRole("alert")).toBeNull();
    expect(screen.getByTestId("approval").textContent).toContain("may not have arrived");
    expect(screen.getByTestId("allow-once")).toBeTruthy();
  });

  it("is not asked in a reply that is over", () => {
    show({ asked: [ASKED], approval: ASKED }, false);
    expect(screen.queryByTestId("approval")).toBeNull();
    expect(stateOf()).toBe("Not run");
  });
});

describe("a tool that wants to know something", () => {
  const form = {
    type: "object",
    properties: {
      mail: { type: "string", format: "email", title: "Mail" },
      parts: { type: "array", title: "Parts", items: { enum: ["a", "b"] } },
    },
    required: ["mail"],
  };
  const input: Approval = { ...ASKED, id: "0.1", kind: "input", message: "Where to?", form };
  const submit = () => act(async () => void fireEvent.submit(screen.getByTestId("input-form")));

  it("gets what was filled in, once that is valid", async () => {
    const fetch = fakeFetch({});
    show({ started: true, asked: [input] });
    await submit();
    expect(screen.getByRole("alert").textContent).toBe("Please fill this in.");
    const mail = screen.getByLabelText("Mail");
    expect(document.activeElement).toBe(mail);
    expect(mail.getAttribute("aria-invalid")).toBe("true");
    fireEvent.change(mail, { target: { value: "jo@example.com" } });
    fireEvent.click(screen.getByLabelText("b"));
    await submit();
    const content = { mail: "jo@example.com", parts: ["b"] };
    expect(sent(fetch)).toEqual([{ to: ANSWER, id: "0.1", decision: "allow", content }]);
  });

  it("says what becomes of the reply without an answer", () => {
    const until = Date.now() / 1000 + 120;
    const rerender = show({ started: true, asked: [{ ...input, until, held: true }] });
    expect(screen.getByTestId("approval").textContent).toContain("the tool goes on without");
    rerender({ started: true, asked: [{ ...input, until }] });
    expect(screen.getByTestId("approval").textContent).toContain("otherwise this reply ends");
  });

  it("stays filled in while another conversation is shown, until it is sent", async () => {
    fakeFetch({});
    const asked = [{ ...input, revision: "stays" }];
    const mail = () => screen.getByLabelText<HTMLInputElement>("Mail");
    show({ started: true, asked });
    fireEvent.change(mail(), { target: { value: "jo@example.com" } });
    cleanup();
    show({ started: true, asked });
    expect(mail().value).toBe("jo@example.com");
    await submit();
    cleanup();
    show({ started: true, asked });
    expect(mail().value).toBe("");
  });

  it("can be declined", async () => {
    const fetch = fakeFetch({});
    show({ started: true, asked: [input] });
    await press("decline");
    expect(sent(fetch)).toEqual([{ to: ANSWER, id: "0.1", decision: "deny" }]);
  });

  it("never has an address opened that its form names", () => {
    show({
      started: true,
      asked: [{ ...input, form: { mode: "url", url: "https://pay.example" } }],
    });
    expect(screen.getByTestId("approval").querySelector("a")).toBeNull();
  });
});
