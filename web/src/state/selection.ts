/** The sessions that are chosen in the list. `last`: the one that was chosen last, where a range begins. */
export interface Selection {
  on: boolean;
  ids: readonly string[];
  last: string | null;
}

export type SelectionAction =
  | { type: "began"; id?: string }
  | { type: "ended" }
  /** `range`: all from the last one to this one. `listed`: the ids of the list in its order. */
  | { type: "toggled"; id: string; range: boolean; listed: readonly string[] }
  | { type: "all"; listed: readonly string[] }
  | { type: "none" };

export const NO_SELECTION: Selection = { on: false, ids: [], last: null };

export function reduceSelection(state: Selection, action: SelectionAction): Selection {
  switch (action.type) {
    case "began":
      return { on: true, ids: action.id ? [action.id] : [], last: action.id ?? null };
    case "ended":
      return NO_SELECTION;
    case "toggled":
      return toggled(state, action);
    case "all":
      return { ...state, ids: action.listed };
    case "none":
      return { ...state, ids: [] };
  }
}

function toggled(
  state: Selection,
  { id, range, listed }: Extract<SelectionAction, { type: "toggled" }>,
): Selection {
  const isChosen = !state.ids.includes(id);
  const some = range && state.last ? between(listed, state.last, id) : [id];
  const others = state.ids.filter((one) => !some.includes(one));
  return { on: true, ids: isChosen ? [...others, ...some] : others, last: id };
}

function between(listed: readonly string[], one: string, other: string): readonly string[] {
  const [from, to] = [listed.indexOf(one), listed.indexOf(other)];
  if (from < 0 || to < 0) return [other];
  return listed.slice(Math.min(from, to), Math.max(from, to) + 1);
}
