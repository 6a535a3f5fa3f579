import { request, respond } from "./http";
import type { OwnPersona, OwnPersonas, PersonaForm } from "./schemas";

const at = (id: string) => `/me/personas/${encodeURIComponent(id)}`;
const FILE = "/me/personas-file";

export const listOwnPersonas = () => request<OwnPersonas>("/me/personas");

export const makePersona = (body: PersonaForm) =>
  request<OwnPersona>("/me/personas", { method: "POST", body });

export const changePersona = (id: string, body: PersonaForm) =>
  request<OwnPersona>(at(id), { method: "PUT", body });

export const deletePersona = (id: string) => request(at(id), { method: "DELETE" });

export const importPersonas = (file: Blob) =>
  request<OwnPersonas>(FILE, { method: "POST", file, headers: { "Content-Type": "text/plain" } });

/** Reads the file of one persona, or of all. */
export const personaFile = async (id?: string) => (await respond(FILE, { query: { id } })).blob();
