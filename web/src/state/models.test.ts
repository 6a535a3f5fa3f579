import { describe, expect, it } from "vitest";
import { aModel } from "../testing/models";
import { costOf, groupsOf, modelOf, seeingModel } from "./models";

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

describe("costOf", () => {
  const usage = { prompt_tokens: 2_000, completion_tokens: 500, total_tokens: 2_500 };

  it("counts tokens of prompt and reply by their own prices", () => {
    expect(costOf({ input: 0.5, output: 2, currency: "EUR" }, usage)).toBeCloseTo(0.002, 10);
    expect(costOf({ input: 0, output: 0, currency: "EUR" }, usage)).toBe(0);
  });

  it("is unknown without a price", () => {
    expect(costOf(null, usage)).toBeNull();
  });
});

describe("seeingModel", () => {
  it("prefers the provider that is used already", () => {
    expect(seeingModel(MODELS, "one")?.id).toBe("c");
    expect(seeingModel(MODELS, "three")?.id).toBe("b");
    expect(seeingModel(MODELS.slice(0, 1), "one")).toBeUndefined();
  });
});
