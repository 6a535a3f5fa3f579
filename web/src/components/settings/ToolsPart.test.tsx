import { fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { fakeFetch } from "../../testing/fakeFetch";
import { render } from "../../testing/render";
import { ToolsPart } from "./ToolsPart";

const tool = (name: string, approval: string, more = {}) => ({ name, approval, ...more });
const SERVERS = [
  {
    name: "docs",
    title: "Documentation",
    is_up: true,
    tools: [
      tool("search", "always", { title: "Search", description: "Finds <b>pages</b>." }),
      tool("delete", "never"),
    ],
  },
  { name: "mail", title: "Mail", is_up: false, tools: [tool("send", "ask")] },
];

it("lists servers with their tools, and says which cannot be reached", async () => {
  fakeFetch({ body: { servers: SERVERS } });
  render(<ToolsPart />);
  const servers = await screen.findAllByTestId("tool-server");
  expect(servers.map((server) => server.querySelector("summary")?.textContent)).toEqual([
    "Documentation2 tools",
    "MailCannot be reached now; its tools are missing.",
  ]);
  expect(servers.map((server) => (server as HTMLDetailsElement).open)).toEqual([false, false]);
  expect(screen.getAllByTestId("tool-row").map((row) => row.textContent)).toEqual([
    "SearchFinds <b>pages</b>.Runs without asking",
    "deleteNever runs",
    "sendAsks you first",
  ]);
});

it("says of a server that has never been reached that it has no tools", async () => {
  fakeFetch({ body: { servers: [{ ...SERVERS[1], tools: [] }] } });
  render(<ToolsPart />);
  const server = await screen.findByTestId("tool-server");
  expect(server.querySelector("p")?.textContent).toBe("No tools");
  expect(screen.queryByTestId("tool-row")).toBeNull();
});

it("says why the list cannot be read, and reads it again", async () => {
  fakeFetch("unreachable", { body: { servers: [] } });
  render(<ToolsPart />);
  expect((await screen.findByRole("alert")).textContent).toContain("Retry");
  fireEvent.click(screen.getByRole("button"));
  expect(await screen.findByText("No tools")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});
