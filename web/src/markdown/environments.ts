const NAMES = [
  "align",
  "aligned",
  "alignat",
  "alignedat",
  "array",
  "darray",
  "[bBpvV]?matrix",
  "smallmatrix",
  "subarray",
  "[dr]?cases",
  "drcases",
  "CD",
  "equation",
  "gather",
  "gathered",
  "split",
];

/** Matches the name of an environment that KaTeX sets (its documentation, "Environments"). */
export const ENVIRONMENT = `(?:${NAMES.join("|")})\\*?`;

const INLINE: Record<string, string> = {
  align: "aligned",
  alignat: "alignedat",
  gather: "gathered",
};

/** Returns the source of a formula for a place within a line, where some environments are not allowed. */
export const inlineSource = (source: string): string =>
  source
    .replaceAll("\n", " ")
    .replace(/\\(begin|end)\{equation\*?\}/g, "")
    .replace(
      /\\(begin|end)\{(align|alignat|gather)\*?\}/g,
      (_whole, edge: string, name: string) => `\\${edge}{${INLINE[name]}}`,
    );
