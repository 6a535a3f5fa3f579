import { afterEach, expect, it, vi } from "vitest";
import { focusQuestion, focusSearch } from "./focus";

afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

const focused = async (inner: string) => {
  vi.useFakeTimers();
  document.body.innerHTML = inner && `<div data-testid="approval">${inner}</div>`;
  const found = focusQuestion();
  await vi.runAllTimersAsync();
  return found && document.activeElement?.id;
};

it("goes to the first field or button of a question, not to one that copies", async () => {
  const buttons = '<div class="question-buttons"><button id="allow"></button></div>';
  expect(await focused(`<button id="copy"></button>${buttons}`)).toBe("allow");
  expect(await focused(`<form class="form"><input id="name">${buttons}</form>`)).toBe("name");
  expect(await focused("")).toBe(false);
});

it("goes to the search before any timer, so that the next key is written there", async () => {
  vi.useFakeTimers();
  document.body.innerHTML = '<input data-testid="search">';
  focusSearch();
  await Promise.resolve();
  expect(document.activeElement).toBe(document.querySelector("input"));
});

it("goes to the search after the next rendering if it cannot take the focus before", async () => {
  vi.useFakeTimers();
  document.body.innerHTML = '<input data-testid="search" disabled>';
  focusSearch();
  await Promise.resolve();
  expect(document.activeElement).toBe(document.body);
  document.querySelector("input")?.removeAttribute("disabled");
  await vi.runAllTimersAsync();
  expect(document.activeElement).toBe(document.querySelector("input"));
});
