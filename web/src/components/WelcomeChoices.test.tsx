import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Locale } from "../i18n/catalogue";
import { examplesFor } from "../i18n/examples";
import { render } from "../testing/render";
import { WelcomeChoices } from "./WelcomeChoices";

const nothing = () => undefined;
const EMPTY = { personas: {}, role: "assistant" };
const show = (locale: Locale, demo: boolean) => {
  render(
    <WelcomeChoices {...EMPTY} demo={demo} onChoose={nothing} onFill={nothing}>
      {null}
    </WelcomeChoices>,
    locale,
  );
  return screen.getAllByTestId("example").map((one) => one.textContent);
};

it.each([
  ["zh-CN", true, "en", true],
  ["zh-CN", false, "zh-CN", false],
  ["en", true, "en", false],
] as const)("on the page in %s (demo: %s) suggests in %s", (locale, demo, language, note) => {
  expect(show(locale, demo)).toEqual(examplesFor(language, "assistant"));
  expect(screen.queryByTestId("examples-note") !== null).toBe(note);
});
