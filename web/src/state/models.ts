import { createContext, useContext } from "react";
import type { Model, Models } from "../api/schemas";

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

/** Returns a model that can see pictures, of the same provider if there is one. */
export function seeingModel(models: readonly Model[], provider: string): Model | undefined {
  const seeing = models.filter(sees);
  return seeing.find((model) => model.provider === provider) ?? seeing[0];
}

/** The models on offer, for components deep in the page. */
export const OfferedModels = createContext<readonly Model[]>([]);

/** Returns a function from a model's id to its label; a model that is not on offer any more has its id. */
export function useModelName(): (id: string) => string {
  const models = useContext(OfferedModels);
  return (id) => models.find((model) => model.id === id)?.label ?? id;
}
