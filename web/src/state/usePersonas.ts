import { useCallback, useEffect, useState } from "react";
import type { Fault } from "../api/fault";
import { faultOf } from "../api/http";
import {
  changePersona,
  deletePersona,
  importPersonas,
  listOwnPersonas,
  makePersona,
  personaFile,
} from "../api/personas";
import type { OwnPersonas, PersonaForm } from "../api/schemas";
import { saveFile } from "../lib/saveFile";

export interface PersonaControls {
  list: OwnPersonas | null;
  /** Why the list is not there, or why the last step failed. */
  fault: Fault | null;
  reload: () => void;
  /** Makes a persona, or changes the one with this id. Throws `Problem`. */
  save: (form: PersonaForm, id: string | null) => Promise<void>;
  remove: (id: string) => Promise<void>;
  /** Returns how many personas the file has, or null where it could not be used. */
  take: (file: Blob) => Promise<number | null>;
  give: (name: string, id?: string) => Promise<void>;
}

/** The reader's own personas. `onChange` runs after each change, because they are offered elsewhere, too. */
export function usePersonas(onChange: () => void): PersonaControls {
  const [list, setList] = useState<OwnPersonas | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);

  const load = useCallback(async () => {
    try {
      setList(await listOwnPersonas());
      setFault(null);
    } catch (error) {
      setFault(faultOf(error));
    }
  }, []);
  useEffect(() => void load(), [load]);

  const changed = useCallback(async () => {
    onChange();
    await load();
  }, [onChange, load]);

  /** Runs a step; what goes wrong is shown above the list. */
  const attempt = useCallback(async <T>(step: () => Promise<T>): Promise<T | null> => {
    try {
      const result = await step();
      setFault(null);
      return result;
    } catch (error) {
      setFault(faultOf(error));
      return null;
    }
  }, []);

  return {
    list,
    fault,
    reload: () => void load(),
    save: async (form, id) => {
      await (id ? changePersona(id, form) : makePersona(form));
      await changed();
    },
    remove: async (id) => {
      if (await attempt(() => deletePersona(id))) await changed();
    },
    take: async (file) => {
      const made = await attempt(() => importPersonas(file));
      if (made) await changed();
      return made ? made.personas.length : null;
    },
    give: async (name, id) => {
      const file = await attempt(() => personaFile(id));
      if (file) saveFile(`${name}.toml`, file);
    },
  };
}
