import type { ReactNode } from "react";
import { ControlSamples } from "./ControlSamples";
import { MessageSamples } from "./MessageSamples";
import { PageSamples } from "./PageSamples";
import { ShareSamples } from "./ShareSamples";
import { Colours, Measures, Motions, Types } from "./Tokens";

const PARTS: [title: string, text: string, samples: ReactNode][] = [
  [
    "Colour",
    "Ink on warm paper; at night a sea, whose surfaces grow lighter as they rise. Petrol is what can be pressed or is chosen. The orange of a buoy is what is alive or new, and nothing else.",
    <Colours key="colour" />,
  ],
  [
    "Type",
    "Besley for headings in Latin letters, the system's own face for everything else. The page is set at 14 px, what one reads at 16 px on a line of 1.7.",
    <Types key="type" />,
  ],
  [
    "Space and radius",
    "Eight steps, and two small ones between them. What holds something has a larger radius than what it holds.",
    <Measures key="measures" />,
  ],
  [
    "Motion",
    "Quick for what answers a hand, calm for what travels; nothing bounces. With reduced motion there is none.",
    <Motions key="motion" />,
  ],
  [
    "Controls",
    "A control is as high as a target: 40 px, small ones 32 px, and all of them 44 px where a finger presses.",
    <ControlSamples key="controls" />,
  ],
  [
    "Messages",
    "The question is tinted; the answer is text on the page. Code, tables and the composer reach over the measure by the bleed, so that their text stands in line with the prose.",
    <MessageSamples key="messages" />,
  ],
  [
    "Share links",
    "A row says what a link shows and until when. Revoking asks once more, in its place.",
    <ShareSamples key="share" />,
  ],
  ["Page", "The empty page, the list, notices and notes.", <PageSamples key="page" />],
];

const THEMES = ["light", "dark"] as const;

/** Shows every component in its states, in both themes side by side. Served by `vite` only, at /design. */
export function DesignPage() {
  return (
    <main className="design">
      <h1>The design of Holdfast</h1>
      {PARTS.map(([title, text, samples]) => (
        <section key={title} id={title.toLowerCase().replaceAll(" ", "-")}>
          <h2>{title}</h2>
          <p>{text}</p>
          <div className="design-themes">
            {THEMES.map((theme) => (
              <div key={theme} className="design-theme" data-scheme={theme}>
                {samples}
              </div>
            ))}
          </div>
        </section>
      ))}
    </main>
  );
}
