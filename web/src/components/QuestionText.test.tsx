import { beforeAll, expect, it } from "vitest";
import { loadMarkdown } from "../markdown/LazyMarkdown";
import { drawn } from "../testing/drawn";
import { render } from "../testing/render";
import { QuestionText } from "./QuestionText";

beforeAll(loadMarkdown);

const show = (text: string) => drawn(render(<QuestionText text={text} />).container);

it.each([
  ["one\ntwo\n\nthree", "<p>one<br>\ntwo</p><p>three</p>"],
  [
    "so:\ndef f(x):\n    return x",
    "<p>so:<br>\ndef f(x):<br>\n\u00a0\u00a0\u00a0\u00a0return x</p>",
  ],
  ["**a** 3~5\n`b`", "<p><strong>a</strong> 3~5<br>\n<code>b</code></p>"],
  ["```py\nx\n  y\n```", "<code py>x\n  y</code>"],
  ["- a\n- b\n  c", "<ul>\n<li>a</li>\n<li>b<br>\nc</li>\n</ul>"],
  ["<script>alert(1)</script>\n<b>", "<p>&lt;script>alert(1)&lt;/script><br>\n&lt;b></p>"],
])("shows the question %o as Markdown with its lines", (text, picture) => {
  expect(show(text)).toBe(picture);
});
