/** Mermaid's variables by the page's tokens for them. */
const COLOURS = {
  background: "--surface",
  mainBkg: "--accent-soft",
  primaryColor: "--accent-soft",
  primaryTextColor: "--text",
  primaryBorderColor: "--accent",
  secondaryColor: "--signal-soft",
  secondaryTextColor: "--text",
  secondaryBorderColor: "--signal",
  tertiaryColor: "--code",
  tertiaryTextColor: "--text",
  tertiaryBorderColor: "--line-strong",
  lineColor: "--muted",
  arrowheadColor: "--muted",
  textColor: "--text",
  titleColor: "--text",
  nodeBorder: "--accent",
  nodeTextColor: "--text",
  clusterBkg: "--code",
  clusterBorder: "--line-strong",
  defaultLinkColor: "--muted",
  edgeLabelBackground: "--surface",
  actorBkg: "--accent-soft",
  actorBorder: "--accent",
  actorTextColor: "--text",
  actorLineColor: "--line-strong",
  signalColor: "--muted",
  signalTextColor: "--text",
  labelBoxBkgColor: "--code",
  labelBoxBorderColor: "--line-strong",
  labelTextColor: "--text",
  loopTextColor: "--text",
  noteBkgColor: "--warning-soft",
  noteBorderColor: "--warning",
  noteTextColor: "--text",
  activationBkgColor: "--inline-code",
  activationBorderColor: "--line-strong",
  sequenceNumberColor: "--surface",
  sectionBkgColor: "--code",
  sectionBkgColor2: "--accent-soft",
  altSectionBkgColor: "--surface",
  taskBkgColor: "--accent-soft",
  taskBorderColor: "--accent",
  taskTextColor: "--text",
  taskTextDarkColor: "--text",
  taskTextLightColor: "--text",
  taskTextOutsideColor: "--text",
  activeTaskBkgColor: "--signal-soft",
  activeTaskBorderColor: "--signal",
  doneTaskBkgColor: "--inline-code",
  doneTaskBorderColor: "--line-strong",
  critBkgColor: "--danger-soft",
  critBorderColor: "--danger",
  todayLineColor: "--signal",
  gridColor: "--line-strong",
  attributeBackgroundColorOdd: "--surface",
  attributeBackgroundColorEven: "--code",
  classText: "--text",
  labelColor: "--text",
  altBackground: "--code",
  errorBkgColor: "--danger-soft",
  errorTextColor: "--danger",
  pieTitleTextColor: "--text",
  pieSectionTextColor: "--text",
  pieLegendTextColor: "--text",
  pieStrokeColor: "--surface",
  pieOuterStrokeColor: "--line-strong",
} as const;

/** Colours of things of which there are many: slices, branches, columns. */
const SERIES = [
  "--accent",
  "--signal",
  "--warning",
  "--danger",
  "--code-name",
  "--code-string",
] as const;

type ColourOf = (token: string) => string;

/**
 * Calls `use` with a function that returns what a token or colour of CSS stands for in a theme, as a hexadecimal
 * colour.
 */
function withColours<Result>(dark: boolean, use: (colourOf: ColourOf) => Result): Result {
  const probe = document.createElement("i");
  probe.style.colorScheme = dark ? "dark" : "light";
  document.body.append(probe);
  const painter = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!painter) throw new Error("no canvas");
  try {
    return use((token) => {
      probe.style.color = "";
      probe.style.color = token.startsWith("--") ? `var(${token})` : token;
      painter.fillStyle = getComputedStyle(probe).color;
      painter.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = painter.getImageData(0, 0, 1, 1).data;
      return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    });
  } finally {
    probe.remove();
  }
}

function themeOf(colourOf: ColourOf): Record<string, string> {
  const theme: Record<string, string> = { dropShadow: "none", pieOpacity: "1" };
  for (const [name, token] of Object.entries(COLOURS)) theme[name] = colourOf(token);
  for (let number = 0; number < 12; number += 1) {
    const token = SERIES[number % SERIES.length];
    const colour = colourOf(`color-mix(in srgb, var(${token}) 40%, var(--surface))`);
    theme[`pie${number + 1}`] = colour;
    theme[`cScale${number}`] = colour;
    theme[`cScaleLabel${number}`] = colourOf("--text");
    theme[`fillType${number}`] = colour;
    theme[`git${number}`] = colourOf(number % 2 ? "--signal" : "--accent");
    theme[`gitBranchLabel${number}`] = colourOf("--surface");
  }
  return theme;
}

/** Returns Mermaid's variables made of the page's colours. An image cannot read the page's style sheet. */
export const diagramTheme = (dark: boolean) => withColours(dark, themeOf);
