import { afterEach, expect, it, vi } from "vitest";
import { focusQuestion } from "./focus";

afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

const focused = (inner: string) => {
  vi.useFakeTimers();
  document.body.innerHTML = inner && `<div data-testid="approval">${inner}</div>`;
  const found = focusQuestion();
  vi.runAllTimers();
  return found && document.activeElement?.id;
};

it("goes to the first field or button of a question, not to one that copies", () => {
  const buttons = '<div class="question-buttons"><button id="allow"></button></div>';
  expect(focused(`<button id="copy"></button>${buttons}`)).toBe("allow");
  expect(focused(`<form class="form"><input id="name">${buttons}</form>`)).toBe("name");
  expect(focused("")).toBe(false);
});
