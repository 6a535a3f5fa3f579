import { useCallback, useEffect, useState } from "react";
import type { Model } from "../api/schemas";
import { recall, remember } from "../lib/storage";
import { modelOf } from "./models";
import type { Catalog } from "./useCatalog";

export interface ChoiceControls {
  role: string | undefined;
  model: Model | undefined;
  /** Whether to think is asked for; undefined where the model has no switch. */
  thinking: boolean | undefined;
  chooseRole: (role: string) => void;
  chooseModel: (model: string) => void;
  chooseThinking: (on: boolean) => void;
  /** The persona of the open session. */
  adoptRole: (role: string | null) => void;
  /** The model that was asked last in the open session. */
  adoptModel: (model: string | null) => void;
}

/** Returns a choice that the session's own value replaces once it is known, and how to change both. */
function useAdopted() {
  const [chosen, choose] = useState<string | null>(null);
  const [own, setOwn] = useState<string | null>(null);
  const adopt = useCallback((value: string | null) => {
    setOwn(value);
    choose((before) => (value === null ? before : null));
  }, []);
  return { chosen, own, choose, adopt };
}

/** Persona and model for the next turn: the reader's choice, otherwise the session's, otherwise the default. */
export function useChoice({ personas, models }: Catalog, sessionId: string | null): ChoiceControls {
  const { adopt: adoptRole, choose: chooseRole, ...persona } = useAdopted();
  const { adopt: adoptModel, choose: setModel, ...ofModel } = useAdopted();
  const [lastModel, setLastModel] = useState(() => recall("model"));
  const [thinks, setThinks] = useState(() => recall("thinking") === "on");

  // A new chat keeps the choice when its session is created; another session has its own.
  useEffect(() => {
    if (sessionId !== null) return;
    chooseRole(null);
    setModel(null);
  }, [sessionId, chooseRole, setModel]);

  const chooseModel = useCallback(
    (id: string) => {
      remember("model", id);
      setLastModel(id);
      setModel(id);
    },
    [setModel],
  );
  const chooseThinking = useCallback((on: boolean) => {
    remember("thinking", on ? "on" : null);
    setThinks(on);
  }, []);

  const offered = [persona.chosen, persona.own, personas?.default_role];
  const role = offered.find((key) => key && personas?.roles[key]) ?? undefined;
  const model = models ? modelOf(models, ofModel.chosen, ofModel.own, lastModel) : undefined;
  const thinking = model?.thinking === "switch" ? thinks : undefined;
  const change = { chooseRole, chooseModel, chooseThinking, adoptRole, adoptModel };
  return { role, model, thinking, ...change };
}
