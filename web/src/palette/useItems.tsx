import { useMemo } from "react";
import { DocumentIcon } from "../components/ui/icons";
import { catalogues } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { isBusy } from "../state/entries";
import { dayOf } from "../state/periods";
import { useSelected } from "../state/store";
import type { App } from "../state/useApp";
import { useTheme } from "../state/useTheme";
import { commandItems } from "./commandItems";
import type { Item } from "./items";

function useCommandItems(app: App): Item[] {
  const { t, locale, setLocale } = useI18n();
  const { arranging, sidebar, deletions, controls, sessions, palette, actions } = app;
  const [theme, chooseTheme] = useTheme();
  const stoppable = useSelected(controls.store, (state) => state.reply !== null && isBusy(state));
  const other = locale === "en" ? "zh-CN" : "en";
  return commandItems(t, catalogues[other], {
    commands: palette.commands,
    session: sessions.isHere ? sessions.shown : null,
    actions,
    stoppable,
    undoable: deletions.waiting.length > 0 || arranging.marking.undoable !== null,
    theme,
    chooseTheme,
    switchLanguage: () => setLocale(other),
    openArchive: () => {
      sidebar.open();
      arranging.setView({ archived: true, tag: null });
    },
    selectMany: () => {
      sidebar.open();
      arranging.select({ type: "began" });
    },
  });
}

function useSessionItems({ list, sessions, actions }: App): Item[] {
  const { t, locale } = useI18n();
  const { currentId } = sessions;
  return useMemo(
    () =>
      list.sessions.map(({ session_id: id, title, updated_at, tags }) => ({
        id: `session:${id}`,
        kind: "sessions" as const,
        title: title || t.untitled,
        others: tags ?? [],
        detail: dayOf(updated_at, new Date(), locale),
        icon: <DocumentIcon />,
        chosen: id === currentId,
        run: () => actions.open(id),
      })),
    [list.sessions, currentId, actions, t, locale],
  );
}

function useChoiceItems({ catalog, choice, place }: App): Item[] {
  if (place !== "chat") return [];
  const personas = Object.entries(catalog.personas?.roles ?? {});
  const models = catalog.models?.models ?? [];
  return [
    ...personas.map(([key, { name, icon, description }]) => ({
      id: `persona:${key}`,
      kind: "personas" as const,
      title: name,
      detail: description,
      icon,
      chosen: key === choice.role,
      run: () => choice.chooseRole(key),
    })),
    ...(models.length > 1 ? models : []).map(({ id, label }) => ({
      id: `model:${id}`,
      kind: "models" as const,
      title: label,
      others: [id],
      icon: "◇",
      chosen: id === choice.model?.id,
      run: () => choice.chooseModel(id),
    })),
  ];
}

/** Returns all that the palette offers now. */
export function useItems(app: App): Item[] {
  return [...useSessionItems(app), ...useCommandItems(app), ...useChoiceItems(app)];
}
