import mermaid from "mermaid";

export interface Drawing {
  /** A `data:` address of an SVG. */
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
  "theme",
  "themeCSS",
  "themeVariables",
  "darkMode",
  "fontFamily",
  "altFontFamily",
  "dompurifyConfig",
];

/** The page's colours, because an image cannot read them from the page's style sheet. */
const LIGHT = {
  background: "#ffffff",
  primaryColor: "#e5edfd",
  primaryTextColor: "#171a21",
  primaryBorderColor: "#8fb0f2",
  secondaryColor: "#eef0f5",
  tertiaryColor: "#f6f7fa",
  lineColor: "#586073",
  textColor: "#171a21",
  edgeLabelBackground: "#ffffff",
};
const DARK = {
  background: "#191d26",
  primaryColor: "#1b2a4a",
  primaryTextColor: "#e6e9f0",
  primaryBorderColor: "#4a6cb3",
  secondaryColor: "#262c38",
  tertiaryColor: "#1e232d",
  lineColor: "#a2aabb",
  textColor: "#e6e9f0",
  edgeLabelBackground: "#191d26",
};

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
    themeVariables: { ...(dark ? DARK : LIGHT), darkMode: dark, fontFamily: FONT },
    fontFamily: FONT,
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
    address: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`,
    width: Math.ceil(width),
    height: Math.ceil(height),
  };
}
