import { createContext, useContext } from "react";
import type { Message, Model, Models } from "../api/schemas";

type Usage = NonNullable<Message["usage"]>;

export interface ProviderGroup {
  provider: string;
  models: Model[];
}

/** Returns the models by provider, both in the order of the list. */
export function groupsOf(models: readonly Model[]): ProviderGroup[] {
  const groups = new Map<string, Model[]>();
  for (const model of models) {
    const group = groups.get(model.provider);
    if (group) group.push(model);
    else groups.set(model.provider, [model]);
  }
  return [...groups].map(([provider, some]) => ({ provider, models: some }));
}

/** Returns the first of these ids that is on offer, otherwise the default model. */
export function modelOf(
  { models, default_model }: Models,
  ...wanted: (string | null)[]
): Model | undefined {
  const find = (id: string | null) => models.find((model) => model.id === id);
  return wanted.map(find).find(Boolean) ?? find(default_model);
}

export const sees = (model: Model | undefined) => model?.can.includes("vision") ?? false;

/** Whether a model can call tools; true for one that is not known yet. */
export const callsTools = (model: Model | undefined) => model?.can.includes("tools") ?? true;

/** Returns a model that can see pictures, of the same provider if there is one. */
export function seeingModel(models: readonly Model[], provider: string): Model | undefined {
  const seeing = models.filter(sees);
  return seeing.find((model) => model.provider === provider) ?? seeing[0];
}

/** Returns what a reply has cost, by today's price of its model; null where that is not known. */
export function costOf(price: Model["price"], usage: Usage): number | null {
  if (!price) return null;
  return (usage.prompt_tokens * price.input + usage.completion_tokens * price.output) / 1e6;
}

/** The models on offer, for components deep in the page. */
export const OfferedModels = createContext<readonly Model[]>([]);

/** Returns a function from a model's id to its label; a model that is not on offer any more has its id. */
export function useModelName(): (id: string) => string {
  const models = useContext(OfferedModels);
  return (id) => models.find((model) => model.id === id)?.label ?? id;
}

/** Returns a function from a model's id to its price; null where none is known. */
export function useModelPrice(): (id: string) => Model["price"] {
  const models = useContext(OfferedModels);
  return (id) => models.find((model) => model.id === id)?.price ?? null;
}
