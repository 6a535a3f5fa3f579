import type { Catalogue } from "./catalogue";
import type { markdownZh } from "./markdownZh";

/** The words in and around messages: tables, code, diagrams, footnotes, call-outs. */
export const markdownEn: Pick<Catalogue, keyof typeof markdownZh> = {
  footnotes: "Footnotes",
  footnote: "Footnote",
  backToText: "Back to the text",
  more: "Show more",
  less: "Show less",
  detailsTitle: "Details",
  callouts: {
    note: "Note",
    tip: "Tip",
    important: "Important",
    warning: "Warning",
    caution: "Caution",
  },
  wrapLines: "Wrap long lines",
  downloadCode: (name) => `Download ${name}`,
  copyTableMarkdown: "Copy as Markdown",
  copyTableCsv: "Copy as CSV",
  downloadCsv: "Download as CSV",
  tableFile: "table",
  diagramFile: "diagram",
  enlarge: "View large",
  copySource: "Copy the source",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  fit: "Fit to the window",
  zoomHint: "Wheel or + − to zoom, drag or arrow keys to move, 0 to fit",
  downloadSvg: "Download SVG",
  downloadPng: "Download PNG",
};
