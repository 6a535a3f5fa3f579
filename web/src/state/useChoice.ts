import { useCallback, useEffect, useState } from "react";
import { recall, remember } from "../lib/storage";
import type { Catalog } from "./useCatalog";

export interface ChoiceControls {
  role: string | undefined;
  model: string | undefined;
  /** Whether the chosen model is the tiny built-in one. */
  demo: boolean;
  chooseRole: (role: string) => void;
  chooseModel: (model: string) => void;
  /** The persona of the open session. */
  adopt: (role: string | null) => void;
}

/** Persona and model for the next turn: the reader's choice, otherwise the session's, otherwise the default. */
export function useChoice({ personas, models }: Catalog, sessionId: string | null): ChoiceControls {
  const [chosenRole, setChosenRole] = useState<string | null>(null);
  const [sessionRole, setSessionRole] = useState<string | null>(null);
  const [chosenModel, setChosenModel] = useState(() => recall("model"));

  // A new chat keeps the choice when its session is created; another session has its own.
  useEffect(() => {
    if (sessionId === null) setChosenRole(null);
  }, [sessionId]);

  const adopt = useCallback((role: string | null) => {
    setSessionRole(role);
    setChosenRole((chosen) => (role === null ? chosen : null));
  }, []);
  const chooseModel = useCallback((id: string) => {
    remember("model", id);
    setChosenModel(id);
  }, []);

  const offered = [chosenRole, sessionRole, personas?.default_role];
  const role = offered.find((key) => key && personas?.roles[key]) ?? undefined;
  const model =
    models?.models.find(({ id }) => id === chosenModel) ??
    models?.models.find(({ id }) => id === models.default_model);
  return {
    role,
    model: model?.id,
    demo: model?.demo ?? false,
    chooseRole: setChosenRole,
    chooseModel,
    adopt,
  };
}
