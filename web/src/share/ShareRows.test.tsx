import { act, render } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";
import type { ShareLink } from "../api/schemas";
import { I18nProvider } from "../i18n/useI18n";
import { ShareRows } from "./ShareRows";

const link = (share_id: string) =>
  ({ share_id, title: share_id, kind: "live", created_at: 1, expires_at: null }) as ShareLink;

/** Three links, of which that of `kept` cannot be revoked. */
function Links({ kept }: { kept?: string }) {
  const [shares, setShares] = useState([link("a"), link("b"), link("c")]);
  const revoke = async ({ share_id }: ShareLink) => {
    await Promise.resolve();
    if (share_id !== kept) setShares((all) => all.filter((one) => one.share_id !== share_id));
  };
  return (
    <I18nProvider>
      <ShareRows shares={shares} titled onRevoke={revoke} />
    </I18nProvider>
  );
}

const focused = () => document.activeElement?.closest("li")?.querySelector("b")?.textContent;

function press(container: HTMLElement, selector: string, index = 0) {
  const buttons = container.querySelectorAll<HTMLElement>(selector);
  return act(async () => buttons[index]?.click());
}

it("gives the focus back to the row that is kept, by choice or after a failure", async () => {
  const { container } = render(<Links kept="b" />);
  await press(container, "[data-testid=revoke-share]", 1);
  await press(container, ".unsaved .button:not(.danger)");
  expect(focused()).toBe("b");
  await press(container, "[data-testid=revoke-share]", 1);
  await press(container, "[data-testid=confirm-revoke]");
  expect(focused()).toBe("b");
});

it("moves the focus to the next row from one that is revoked, or to the last one", async () => {
  const { container } = render(<Links />);
  for (const [index, next] of [
    [1, "c"],
    [1, "a"],
  ] as const) {
    await press(container, "[data-testid=revoke-share]", index);
    await press(container, "[data-testid=confirm-revoke]");
    expect(focused()).toBe(next);
  }
});
