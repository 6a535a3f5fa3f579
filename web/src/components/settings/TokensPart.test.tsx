import { act, fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { ApiToken } from "../../api/schemas";
import { useAnnounced } from "../../lib/announce";
import { fakeServer } from "../../testing/fakeServer";
import { render } from "../../testing/render";
import { TokensPart } from "./TokensPart";

const TOKEN: ApiToken = {
  id: "token-1",
  name: "Open WebUI",
  scopes: ["read"],
  created_at: 1_795_000_000,
  expires_at: null,
  last_used_at: null,
};
const list = (...tokens: ApiToken[]) => ({ tokens, limit: 2, max_days: 0 });
const settle = () => act(async () => void (await new Promise((done) => setTimeout(done))));
const click = async (testId: string) => {
  fireEvent.click(screen.getByTestId(testId));
  await settle();
};
const Announced = () => <p data-testid="announced">{useAnnounced()}</p>;

async function show(...tokens: ApiToken[]) {
  const server = fakeServer();
  server.on("GET /me/tokens", list(...tokens));
  render(
    <>
      <TokensPart />
      <Announced />
    </>,
  );
  await settle();
  return server;
}

it("shows a new token once, with the code that uses it", async () => {
  const server = await show();
  expect(screen.getByText("You have no API token yet.")).toBeTruthy();
  await click("new-token");
  await click("make-token");
  expect(screen.getByTestId("token-name").getAttribute("aria-invalid")).toBe("true");
  fireEvent.change(screen.getByTestId("token-name"), { target: { value: "Open WebUI" } });
  server.on("POST /me/tokens", { ...TOKEN, token: "hf_secret" }, 201);
  server.on("GET /me/tokens", list(TOKEN));
  await click("make-token");
  expect(screen.getByTestId("token-token").textContent).toBe("hf_secret");
  expect(screen.getByTestId("token-base-url").textContent).toBe(`${location.origin}/api/v1`);
  expect(screen.getByTestId("token-python").textContent).toBe(
    `from openai import OpenAI; client = OpenAI(base_url="${location.origin}/api/v1", api_key="hf_secret")`,
  );
  await click("token-done");
  expect(document.body.textContent).not.toContain("hf_secret");
  expect(screen.getByTestId("token").textContent).toContain("Never used · does not expire");
});

it("revokes a token once the reader has confirmed it", async () => {
  const server = await show(TOKEN);
  await click("ask-revoke");
  expect(server.calls).toEqual(["GET /me/tokens"]);
  expect(screen.getByTestId("revoke-token").textContent).toContain("lose their access at once");
  server.on("DELETE /me/tokens/token-1", { id: "token-1" });
  server.on("GET /me/tokens", list());
  await click("confirm-revoke-token");
  expect(screen.queryByTestId("token")).toBeNull();
  expect(screen.getByTestId("announced").textContent).toBe("“Open WebUI” is gone");
});

it("keeps a token that could not be revoked, and says why", async () => {
  const server = await show(TOKEN);
  server.on("DELETE /me/tokens/token-1", { code: "redis_unavailable" }, 503);
  await click("ask-revoke");
  await click("confirm-revoke-token");
  expect(screen.getByRole("alert").textContent).toContain("Storage is unavailable");
  expect(screen.getByTestId("token")).toBeTruthy();
});

it("takes a token that another tab has revoked from the list", async () => {
  const server = await show(TOKEN);
  server.on("DELETE /me/tokens/token-1", { code: "unknown_api_token" }, 404);
  server.on("GET /me/tokens", list());
  await click("ask-revoke");
  await click("confirm-revoke-token");
  expect([screen.queryByTestId("token"), screen.queryByRole("alert")]).toEqual([null, null]);
});

it("offers no new token at the limit, and marks an expired one", async () => {
  await show(TOKEN, { ...TOKEN, id: "token-2", name: "Old", expires_at: 1_600_000_000 });
  expect((screen.getByTestId("new-token") as HTMLButtonElement).disabled).toBe(true);
  expect(screen.getByText("expired Sep 13, 2020").className).toBe("token-over");
});
