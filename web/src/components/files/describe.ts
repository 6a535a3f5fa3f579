import type { Attachment } from "../../api/schemas";
import type { Catalogue } from "../../i18n/catalogue";
import { sizeOf } from "../../lib/sizeOf";

interface Described {
  name: string;
  size: number;
  kind?: Attachment["kind"] | undefined;
  pages?: number | null | undefined;
}

/** Returns the ending of a file's name in capital letters; empty if there is none to show. */
export function endingOf(name: string): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1];
  return ending ? ending.toUpperCase() : "";
}

/** Returns what is known of a file besides its name: its format, pages and size. */
export function factsOf(
  { name, size, kind, pages }: Described,
  t: Catalogue,
  locale: string,
): string {
  const format = endingOf(name) || (kind ? t.fileKinds[kind] : "");
  return [format, pages ? t.pages(pages) : "", sizeOf(size, locale)].filter(Boolean).join(" · ");
}
