import type { Session } from "../api/schemas";

/** What a session is marked with. It is never both pinned and archived. */
export type Marks = Pick<Session, "pinned" | "archived" | "tags">;

/** Which sessions are listed: archived ones or the others, all of them or those with a tag (null = all). */
export interface View {
  archived: boolean;
  tag: string | null;
}

export const ALL_SHOWN: View = { archived: false, tag: null };

export const MAX_TAGS = 8;
export const MAX_TAG_CHARS = 30;

export const marksOf = ({ pinned, archived, tags }: Marks): Marks => ({ pinned, archived, tags });

export const isFiltered = ({ archived, tag }: View) => archived || tag !== null;

export const sameView = (one: View, other: View) =>
  one.archived === other.archived && one.tag === other.tag;

export const isIn = ({ archived, tags }: Marks, view: View) =>
  archived === view.archived && (view.tag === null || tags.includes(view.tag));

/** Returns a session with changed marks, as the server changes them. */
export function withMarks<T extends Marks>(session: T, change: Partial<Marks>): T {
  const next = { ...session, ...change };
  if (change.archived) next.pinned = false;
  if (change.pinned) next.archived = false;
  return next;
}

/** Returns the tags that all of the sessions have, in the order of the first one. */
export function commonTags([first, ...others]: readonly Marks[]): string[] {
  return first ? first.tags.filter((tag) => others.every(({ tags }) => tags.includes(tag))) : [];
}

/** Returns a session's tags after some were added and others removed; what is too many is left out. */
export function changedTags(
  tags: readonly string[],
  added: readonly string[],
  removed: readonly string[],
): string[] {
  const kept = tags.filter((tag) => !removed.includes(tag));
  return [...new Set([...kept, ...added])].slice(0, MAX_TAGS);
}

/** Returns the tag that is meant by a text: one that there is, whatever its case, or a new one; empty if none. */
export function tagOf(text: string, known: readonly string[]): string {
  const tag = [...text.replace(/\s+/g, " ").trim()].slice(0, MAX_TAG_CHARS).join("").trim();
  return known.find((one) => one.toLowerCase() === tag.toLowerCase()) ?? tag;
}

/** Returns known tags that a text may become, those that begin with it first. */
export function suggestionsFor(
  text: string,
  known: readonly string[],
  taken: readonly string[],
): string[] {
  const wanted = text.trim().toLowerCase();
  const free = known.filter(
    (tag) => !taken.includes(tag) && tag.toLowerCase().includes(wanted) && tag !== text.trim(),
  );
  const begins = (tag: string) => tag.toLowerCase().startsWith(wanted);
  return [...free.filter(begins), ...free.filter((tag) => !begins(tag))].slice(0, 6);
}
