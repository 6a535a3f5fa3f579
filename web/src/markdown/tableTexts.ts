import { type Drawn, textOf } from "./textOf";

/** Returns the cells of a table row by row, as plain text. */
export function rowsOf(table: Drawn | undefined): string[][] {
  const rows: string[][] = [];
  const visit = (node: Drawn) => {
    if (node.tagName === "tr")
      rows.push(
        (node.children ?? [])
          .filter(({ tagName }) => tagName === "td" || tagName === "th")
          .map((cell) => textOf(cell).trim()),
      );
    else node.children?.forEach(visit);
  };
  if (table) visit(table);
  return rows;
}

/** Returns the part of a source that a table was drawn from, without the marks of what it stands in. */
export function sourceOf(table: Drawn | undefined, source: string): string {
  const { start, end } = table?.position ?? {};
  if (!start || !end) return "";
  const before = new RegExp(`^[ \\t>]{0,${start.column - 1}}`);
  const [first = "", ...lines] = source.slice(start.offset, end.offset).split("\n");
  return [first, ...lines.map((line) => line.replace(before, ""))].join("\n");
}

/** Returns the number of rows of a table, with the heads. */
export const rowCountOf = (table: Drawn | undefined): number =>
  (table?.children ?? []).reduce(
    (sum, node) => sum + (node.tagName === "tr" ? 1 : rowCountOf(node)),
    0,
  );

/** What a spreadsheet takes for a formula (OWASP, "CSV Injection"), with the full-width forms that some accept. */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
const NUMBER = /^[+-]?(?:\d[\d,. ]*|\.\d+)(?:e[+-]?\d+)?\s?%?$/i;

function cellOf(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",;\t\r\n']|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Returns rows as CSV (RFC 4180). A text that a spreadsheet would run as a formula begins with an apostrophe. */
export const csvOf = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => row.map(cellOf).join(",")).join("\r\n");
