import { cjkFriendlyExtension } from "micromark-extension-cjk-friendly";
import type { Options } from "react-markdown";
import { callouts } from "./callouts";
import { directions } from "./direction";
import { footnotes } from "./footnotes";
import { gfm } from "./gfm";
import { html } from "./html";
import { lineBreaks } from "./lineBreaks";
import { math } from "./math";

/** Makes `**加粗。**后文` bold: plain CommonMark does not close bold after a full-width stop. */
function cjkEmphasis(this: { data: () => object }) {
  const data = this.data() as { micromarkExtensions?: unknown[] };
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), cjkFriendlyExtension()];
}

type Plugins = NonNullable<Options["remarkPlugins"]>;

/** How a text is read. Each is false unless it is known. */
interface Reading {
  /** It may end anywhere. */
  partial: boolean;
  /** Its line breaks count. */
  breaks: boolean;
  /** It has characters that end a bare address. */
  endsAddresses: boolean;
}

const pluginsFor = ({ partial, breaks, endsAddresses }: Reading) =>
  [
    [gfm, { endsAddresses }],
    cjkEmphasis,
    math,
    callouts,
    [html, { partial }],
    ...(breaks ? [lineBreaks] : []),
  ] as Plugins;

const made = new Map<string, Plugins>();

/** Returns the plugins for a text: the same ones for texts that are read in the same way. */
export function remarkPlugins(reading: Reading): Plugins {
  const key = `${reading.partial} ${reading.breaks} ${reading.endsAddresses}`;
  const known = made.get(key) ?? pluginsFor(reading);
  made.set(key, known);
  return known;
}

export const rehypePlugins = [footnotes, directions] as NonNullable<Options["rehypePlugins"]>;
