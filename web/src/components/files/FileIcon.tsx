import { BracesIcon, DocumentIcon, ImageIcon, SheetIcon } from "../ui/icons";

const SHEETS = /\.(csv|tsv|xlsx?|ods)$/i;
const CODE =
  /\.(c|cc|cpp|cs|css|go|h|hpp|html?|java|jsx?|json|kt|lua|php|pl|py|rb|rs|sh|sql|swift|toml|tsx?|vue|xml|ya?ml)$/i;

/** The icon of a file by the ending of its name. */
export function FileIcon({ name, picture = false }: { name: string; picture?: boolean }) {
  if (picture) return <ImageIcon size={20} />;
  if (SHEETS.test(name)) return <SheetIcon size={20} />;
  return CODE.test(name) ? <BracesIcon size={20} /> : <DocumentIcon size={20} />;
}
