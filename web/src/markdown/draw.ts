import mermaid from "mermaid";
import { diagramTheme } from "./diagramTheme";

export interface Drawing {
  svg: string;
  /** A `data:` address of the SVG. */
  address: string;
  width: number;
  height: number;
}

const LONGEST = 20_000;

/** Matches markup, pictures and addresses, which Mermaid would fetch or insert into the page to measure. */
const REFUSED = /(?<![<\w])<(?!br\s*\/?>)[a-z!/]|\b(?:img|icon)\s*:|url\s*\(|@import|&#?\w+;/i;

const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif';

const LOCKED = [
  "secure",
  "securityLevel",
  "startOnLoad",
  "maxTextSize",
  "suppressErrorRendering",
  "maxEdges",
  "htmlLabels",
  "flowchart",
  "class",
  "look",
  "theme",
  "themeCSS",
  "themeVariables",
  "darkMode",
  "fontFamily",
  "altFontFamily",
  "dompurifyConfig",
];

let count = 0;

/** Draws Mermaid source. Throws if it cannot be parsed, is too long, or contains markup or addresses. */
export async function draw(source: string, dark: boolean): Promise<Drawing> {
  if (source.length > LONGEST || REFUSED.test(source)) throw new Error("not drawn");
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    maxTextSize: LONGEST,
    maxEdges: 300,
    theme: "base",
    look: "classic",
    gantt: { fontSize: 13, sectionFontSize: 13, barHeight: 24, barGap: 6, topPadding: 56 },
    themeVariables: { ...diagramTheme(dark), darkMode: dark, fontFamily: FONT, fontSize: "15px" },
    fontFamily: FONT,
    themeCSS:
      ".grid .tick text { font-size: 12px } .grid .tick line { stroke: currentColor; opacity: 0.2 }",
    secure: LOCKED,
  });
  count += 1;
  const { svg } = await mermaid.render(`diagram-${count}`, source);
  return pictureOf(svg);
}

/** Sets the size of the image, because a diagram that fills its container has none. */
export function pictureOf(svg: string): Drawing {
  const root = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  const [, , width = 0, height = 0] = (root.getAttribute("viewBox") ?? "").split(/\s+/).map(Number);
  if (!(width > 0 && height > 0)) throw new Error("no size");
  root.setAttribute("width", String(width));
  root.setAttribute("height", String(height));
  const text = new XMLSerializer().serializeToString(root);
  return {
    svg: text,
    address: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`,
    width: Math.ceil(width),
    height: Math.ceil(height),
  };
}
