import { expect, it } from "vitest";
import type { OwnPersona } from "../api/schemas";
import { copyOf, draftOf, faultsOf, formOf, NEW_PERSONA } from "./personaDraft";

const stored: OwnPersona = {
  id: "own-1a2b3c4d",
  name: { zh: "水手", en: "Sailor" },
  icon: "⛵",
  description: { zh: "说海", en: "" },
  welcome: { zh: "", en: "" },
  prompt: "You are a sailor.",
  created_at: 1,
};

it("shows each text in the reader's language, or in the other one", () => {
  const { name, description } = draftOf(stored, "en");
  expect([name, description]).toEqual(["Sailor", "说海"]);
});

it("changes a text in the reader's language and leaves the other one", () => {
  const draft = { ...draftOf(stored, "en"), name: "Captain", welcome: "Ahoy" };
  const form = formOf(draft, stored, "en");
  expect([form.name, form.welcome]).toEqual([
    { zh: "水手", en: "Captain" },
    { zh: "Ahoy", en: "Ahoy" },
  ]);
});

it("says which fields are empty or too long", () => {
  expect(faultsOf(NEW_PERSONA)).toEqual({ name: "empty", prompt: "empty" });
  const long = { ...NEW_PERSONA, name: "n".repeat(61), prompt: "p" };
  expect(faultsOf(long)).toEqual({ name: "long" });
});

it("makes a copy a new persona", () => {
  expect(copyOf(draftOf(stored, "zh-CN"), "水手（副本）")).toMatchObject({
    id: null,
    name: "水手（副本）",
    prompt: stored.prompt,
  });
});
