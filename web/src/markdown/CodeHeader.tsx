import { CopyButton } from "../components/ui/CopyButton";
import { IconButton } from "../components/ui/IconButton";
import { DownloadIcon } from "../components/ui/icons";
import { useI18n } from "../i18n/useI18n";
import { saveFile } from "../lib/saveFile";
import type { Fence } from "./fence";
import { fileNameOf } from "./fileNames";
import { WrapIcon } from "./icons";
import { useWrap } from "./useWrap";

/** The line above code that stays in sight: its language, and what can be done with it. */
export function CodeHeader({ language, code }: Fence) {
  const { t } = useI18n();
  const [wraps, setWraps] = useWrap();
  const name = fileNameOf(language);
  return (
    <figcaption>
      {/* The name of the code below says it to screen readers. */}
      <span dir="auto" aria-hidden="true">
        {language || t.code}
      </span>
      <button
        type="button"
        className="icon-button small"
        aria-pressed={wraps}
        aria-label={t.wrapLines}
        title={t.wrapLines}
        data-testid="wrap-code"
        onClick={() => setWraps(!wraps)}
      >
        <WrapIcon />
      </button>
      <IconButton
        label={t.downloadCode(name)}
        className="small"
        testId="download-code"
        onClick={() => saveFile(name, new Blob([`${code}\n`], { type: "text/plain" }))}
      >
        <DownloadIcon size={16} />
      </IconButton>
      <CopyButton label={t.copyCode} text={() => code} testId="copy-code" />
    </figcaption>
  );
}
