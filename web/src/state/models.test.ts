import { describe, expect, it } from "vitest";
import { aModel } from "../testing/models";
import { groupsOf, modelOf, seeingModel } from "./models";

const MODELS = [
  aModel("a"),
  aModel("b", { provider: "two", can: ["vision"] }),
  aModel("c", { can: ["vision"] }),
];
const OFFER = { models: MODELS, default_model: "b", max_message_chars: 8_000 };

describe("groupsOf", () => {
  it("keeps the order of the list, also where a provider comes twice", () => {
    const groups = groupsOf(MODELS).map(({ provider, models }) => [
      provider,
      models.map(({ id }) => id).join(),
    ]);
    expect(groups).toEqual([
      ["one", "a,c"],
      ["two", "b"],
    ]);
  });
});

describe("modelOf", () => {
  it.each([
    [["c", "a"], "c"],
    [[null, "a"], "a"],
    [["gone", null], "b"],
  ])("of %o takes %o", (wanted, id) => {
    expect(modelOf(OFFER, ...wanted)?.id).toBe(id);
  });
});

describe("seeingModel", () => {
  it("prefers the provider that is used already", () => {
    expect(seeingModel(MODELS, "one")?.id).toBe("c");
    expect(seeingModel(MODELS, "three")?.id).toBe("b");
    expect(seeingModel(MODELS.slice(0, 1), "one")).toBeUndefined();
  });
});
