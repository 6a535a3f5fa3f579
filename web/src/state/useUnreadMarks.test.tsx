import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Session } from "../api/schemas";
import { SessionRow } from "../components/SessionRow";
import { I18nProvider } from "../i18n/useI18n";
import { remember } from "../lib/storage";
import { prefer } from "./preferences";
import { useUnreadMarks } from "./useUnreadMarks";

const session = (id: string, needs_answer: boolean) =>
  ({
    session_id: id,
    title: `Title ${id}`,
    active_turn: "t",
    tags: [],
    needs_answer,
  }) as unknown as Session;

const open = vi.fn();

function Page({ sessions, currentId }: { sessions: Session[]; currentId: string | null }) {
  useUnreadMarks({ sessions, currentId, title: "Chat", open });
  return sessions.map((one) => (
    <SessionRow
      key={one.session_id}
      session={one}
      current={false}
      tabStop
      onVisit={open}
      actions={{} as Parameters<typeof SessionRow>[0]["actions"]}
    />
  ));
}

const page = (sessions: Session[], currentId: string | null = null) => {
  remember("locale", "en");
  return (
    <I18nProvider>
      <Page sessions={sessions} currentId={currentId} />
    </I18nProvider>
  );
};

afterEach(cleanup);

it("marks what waits for an answer in the list and in the title, but what the reader sees", () => {
  const { rerender } = render(page([session("a", true), session("b", false)]));
  const marks = screen.getAllByTestId("answer-mark");
  expect(marks.map((mark) => mark.getAttribute("aria-label"))).toEqual(["Waits for your answer"]);
  expect(screen.getAllByLabelText("Replying")).toHaveLength(1);
  expect(document.title).toBe("(1) Chat · Holdfast");
  rerender(page([session("a", true), session("b", false)], "a"));
  expect(document.title).toBe("Chat · Holdfast");
});

it("notifies the reader once of each question", () => {
  const made = vi.fn();
  class FakeNotification {
    static permission = "granted";
    constructor(title: string, options: { body: string }) {
      made(title, options.body);
    }
  }
  vi.stubGlobal("Notification", FakeNotification);
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  prefer({ notify: "on" });
  const { rerender } = render(page([session("a", false)]));
  rerender(page([session("a", true)]));
  rerender(page([session("a", true)]));
  expect(made.mock.calls).toEqual([["Title a", "The reply waits for your answer."]]);
});
