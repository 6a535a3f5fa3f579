import type { Model } from "../api/schemas";

export const aModel = (id: string, more: Partial<Model> = {}): Model => ({
  id,
  label: id.toUpperCase(),
  provider: "one",
  demo: false,
  can: [],
  context_length: null,
  thinking: "no",
  price: null,
  ...more,
});

/** What a page without a choice passes on. */
export const aChoice = (more: { model?: Model; thinking?: boolean } = {}) => ({
  role: "assistant",
  model: undefined,
  thinking: undefined,
  chooseRole: () => undefined,
  chooseModel: () => undefined,
  chooseThinking: () => undefined,
  ...more,
});
