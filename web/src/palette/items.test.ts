import { describe, expect, it } from "vitest";
import { type Item, offersFor, withChosen } from "./items";

const item = (kind: Item["kind"], title: string, others: string[] = []): Item => ({
  id: `${kind}:${title}`,
  kind,
  title,
  others,
  icon: null,
  run: () => undefined,
});
const ITEMS = [
  item("sessions", "Theme of a novel"),
  item("sessions", "My themes"),
  ...["A", "B", "C", "D", "E"].map((title) => item("sessions", title)),
  item("commands", "Switch theme", ["切换主题"]),
  item("commands", "New chat"),
  item("personas", "Teacher"),
];
const shown = (query: string, recent: string[] = []) =>
  offersFor(query, ITEMS, recent).map(({ kind, offers }) => [
    kind,
    offers.map((one) => one.item.title),
  ]);

describe("offersFor", () => {
  it("shows what was chosen last first, once, when nothing is typed", () => {
    expect(shown("", ["commands:New chat", "sessions:gone"])).toEqual([
      ["recent", ["New chat"]],
      ["sessions", ["Theme of a novel", "My themes", "A", "B", "C"]],
      ["commands", ["Switch theme"]],
      ["personas", ["Teacher"]],
    ]);
  });

  it("shows the kind with the best fit first", () => {
    expect(shown("theme")).toEqual([
      ["sessions", ["Theme of a novel", "My themes"]],
      ["commands", ["Switch theme"]],
    ]);
    expect(shown("switch")).toEqual([["commands", ["Switch theme"]]]);
    expect(shown("主题")).toEqual([["commands", ["Switch theme"]]]);
  });

  it("prefers what was chosen last among equal fits", () => {
    const two = [item("sessions", "Ants one"), item("sessions", "Ants two")];
    const [group] = offersFor("ants", two, ["sessions:Ants two"]);
    expect(group?.offers.map((one) => one.item.title)).toEqual(["Ants two", "Ants one"]);
  });
});

describe("withChosen", () => {
  it("puts the id first, without a second one, and forgets the oldest", () => {
    expect(withChosen(["a", "b", "c"], "c", 3)).toEqual(["c", "a", "b"]);
    expect(withChosen(["a", "b", "c"], "d", 3)).toEqual(["d", "a", "b"]);
  });
});
