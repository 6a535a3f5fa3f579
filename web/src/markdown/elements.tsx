import type { Components } from "react-markdown";
import { CheckIcon } from "../components/ui/icons";
import { useI18n } from "../i18n/useI18n";
import { Callout } from "./Callout";
import { Preformatted } from "./CodeBlock";
import { Details, Summary } from "./Details";
import { Footnotes } from "./footnotes";
import { InlineCode } from "./InlineCode";
import { PictureLink, SafeLink } from "./links";
import { Cell, HeaderCell, Table } from "./tables";

/** Renders a task list's checkbox, the only input in Markdown, as text, because it cannot be changed here. */
function TaskMark({ checked }: { checked?: boolean | undefined }) {
  const { t } = useI18n();
  return (
    <span
      className={checked ? "task checked" : "task"}
      role="img"
      aria-label={checked ? t.taskDone : t.taskOpen}
    >
      {checked && <CheckIcon size={12} />}
    </span>
  );
}

/** What draws the elements of Markdown that are not drawn by the browser as they are. */
export const elements = {
  a: SafeLink,
  aside: Callout,
  code: InlineCode,
  details: Details,
  img: PictureLink,
  input: TaskMark,
  pre: Preformatted,
  section: Footnotes,
  summary: Summary,
  table: Table,
  td: Cell,
  th: HeaderCell,
} as Components;
