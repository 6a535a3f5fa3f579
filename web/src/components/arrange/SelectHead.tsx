import { useEffect, useRef } from "react";
import { useI18n } from "../../i18n/useI18n";
import type { Arranging } from "../../state/useArranging";
import { IconButton } from "../ui/IconButton";
import { CloseIcon } from "../ui/icons";

interface SelectHeadProps extends Pick<Arranging, "selection" | "select"> {
  listed: readonly string[];
}

/** Tells how many conversations are chosen, chooses all, and ends the choice. */
export function SelectHead({ selection, select, listed }: SelectHeadProps) {
  const { t } = useI18n();
  const head = useRef<HTMLDivElement>(null);
  const all = listed.length > 0 && listed.every((id) => selection.ids.includes(id));
  useEffect(
    () => head.current?.querySelector<HTMLElement>("[data-testid=select-all]")?.focus(),
    [],
  );
  return (
    <div className="select-head" ref={head} data-testid="select-head">
      <output>{t.arrange.selected(selection.ids.length)}</output>
      <button
        type="button"
        className="button small"
        data-testid="select-all"
        onClick={() => select(all ? { type: "none" } : { type: "all", listed })}
      >
        {all ? t.arrange.selectNone : t.arrange.selectAll}
      </button>
      <IconButton
        label={t.arrange.selectEnd}
        className="small"
        testId="select-end"
        onClick={() => select({ type: "ended" })}
      >
        <CloseIcon size={16} />
      </IconButton>
    </div>
  );
}
