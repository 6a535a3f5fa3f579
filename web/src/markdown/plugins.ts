import { cjkFriendlyExtension } from "micromark-extension-cjk-friendly";
import type { Options } from "react-markdown";
import { callouts } from "./callouts";
import { directions } from "./direction";
import { footnotes } from "./footnotes";
import { gfm } from "./gfm";
import { html } from "./html";
import { lineBreaks } from "./lineBreaks";
import { math } from "./math";
import { tableSources } from "./tables";

/** Makes `**加粗。**后文` bold: plain CommonMark does not close bold after a full-width stop. */
function cjkEmphasis(this: { data: () => object }) {
  const data = this.data() as { micromarkExtensions?: unknown[] };
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), cjkFriendlyExtension()];
}

type Plugins = NonNullable<Options["remarkPlugins"]>;

const pluginsFor = (partial: boolean, breaks: boolean) =>
  [
    gfm,
    cjkEmphasis,
    math,
    tableSources,
    callouts,
    [html, { partial }],
    ...(breaks ? [lineBreaks] : []),
  ] as Plugins;

const whole = [pluginsFor(false, false), pluginsFor(false, true)] as const;
const parts = [pluginsFor(true, false), pluginsFor(true, true)] as const;

/** Returns the plugins for a text that may end anywhere (`partial`), and one whose line breaks count (`breaks`). */
export const remarkPlugins = (partial: boolean, breaks: boolean): Plugins =>
  (partial ? parts : whole)[breaks ? 1 : 0];

export const rehypePlugins = [footnotes, directions] as NonNullable<Options["rehypePlugins"]>;
