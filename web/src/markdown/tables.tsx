import { type CSSProperties, lazy, type ReactNode, Suspense, use, useState } from "react";
import { CopyButton } from "../components/ui/CopyButton";
import { IconButton } from "../components/ui/IconButton";
import { DownloadIcon } from "../components/ui/icons";
import { useI18n } from "../i18n/useI18n";
import { saveFile } from "../lib/saveFile";
import { BlockSource } from "./blockSource";
import { ExpandIcon, MarkdownIcon, SheetIcon } from "./icons";
import { ScrollBox } from "./ScrollBox";
import { csvOf, rowCountOf, rowsOf, sourceOf } from "./tableTexts";
import { type Drawn, textOf } from "./textOf";

const LargeTable = lazy(() => import("./LargeTable"));

interface TableProps {
  node?: Drawn;
  children?: ReactNode;
}

/** Rows, with the heads, of a table that is shown whole. A longer one scrolls by itself. */
const MOST_ROWS = 16;

/** A byte order mark, without which some spreadsheets do not read UTF-8. */
const MARK = "\ufeff";

export function Table({ node, children }: TableProps) {
  const { t } = useI18n();
  const [large, setLarge] = useState(false);
  const source = use(BlockSource);
  const csv = () => csvOf(rowsOf(node));
  const table = <table>{children}</table>;
  return (
    <figure className="table" dir="auto">
      <ScrollBox
        className={rowCountOf(node) > MOST_ROWS ? "table-box long" : "table-box"}
        label={t.table}
      >
        {table}
      </ScrollBox>
      <figcaption>
        <CopyButton
          label={t.copyTableMarkdown}
          text={() => sourceOf(node, source)}
          testId="copy-table"
          icon={<MarkdownIcon />}
        />
        <CopyButton label={t.copyTableCsv} text={csv} testId="copy-csv" icon={<SheetIcon />} />
        <IconButton
          label={t.downloadCsv}
          className="small"
          testId="download-csv"
          onClick={() =>
            saveFile(`${t.tableFile}.csv`, new Blob([MARK, csv()], { type: "text/csv" }))
          }
        >
          <DownloadIcon size={16} />
        </IconButton>
        <IconButton
          label={t.enlarge}
          className="small"
          testId="enlarge-table"
          onClick={() => setLarge(true)}
        >
          <ExpandIcon />
        </IconButton>
      </figcaption>
      {large && (
        <Suspense>
          <LargeTable onClose={() => setLarge(false)}>{table}</LargeTable>
        </Suspense>
      )}
    </figure>
  );
}

/** An empty header cell, often the corner of a table, is not a heading. */
export function HeaderCell({ style, children }: { style?: CSSProperties; children?: ReactNode }) {
  return children ? (
    <th scope="col" style={style}>
      {children}
    </th>
  ) : (
    <td />
  );
}

/** Characters from which a cell holds text that needs a column of some width. */
const LONG = 24;

interface CellProps {
  node?: Drawn;
  style?: CSSProperties;
  children?: ReactNode;
}

export function Cell({ node, style, children }: CellProps) {
  return (
    <td className={textOf(node).length >= LONG ? "long" : undefined} style={style}>
      {children}
    </td>
  );
}
