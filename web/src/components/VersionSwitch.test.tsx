import { fireEvent, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Locale } from "../i18n/catalogue";
import { render } from "../testing/render";
import { VersionSwitch } from "./VersionSwitch";

const IDS = ["a", "b", "c"];

function show(index: number, busy = false, locale: Locale = "en") {
  const onShow = vi.fn();
  const versions = { index, count: IDS.length, ids: IDS };
  render(<VersionSwitch versions={versions} busy={busy} onShow={onShow} />, locale);
  const press = (testId: string) => fireEvent.click(screen.getByTestId(testId));
  return { onShow, press };
}

describe("VersionSwitch", () => {
  it("shows the version before or after", () => {
    const { onShow, press } = show(1);
    press("previous-version");
    press("next-version");
    expect(onShow.mock.calls).toEqual([
      ["a", -1],
      ["c", 1],
    ]);
    expect(screen.getByTestId("versions").textContent).toBe("2 / 3");
  });

  it.each([
    ["previous-version", 0],
    ["next-version", 2],
  ])("keeps the focus on %s at its end, where it does nothing", (testId, index) => {
    const { onShow, press } = show(index);
    const arrow = screen.getByTestId<HTMLButtonElement>(testId);
    expect(arrow.getAttribute("aria-disabled")).toBe("true");
    expect(arrow.disabled).toBe(false);
    press(testId);
    expect(onShow).not.toHaveBeenCalled();
  });

  it("does nothing while a reply runs", () => {
    const { onShow, press } = show(1, true);
    press("previous-version");
    press("next-version");
    expect(onShow).not.toHaveBeenCalled();
  });

  it.each([
    ["en", "Version 2 of 3", "Previous version"],
    ["zh-CN", "第 2 版，共 3 版", "上一个版本"],
  ] as const)("is named in %s", (locale, group, previous) => {
    show(1, false, locale);
    expect(screen.getByRole("group", { name: group })).toBeTruthy();
    expect(screen.getByRole("button", { name: previous })).toBeTruthy();
  });
});
