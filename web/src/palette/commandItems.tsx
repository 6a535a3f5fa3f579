import type { Session } from "../api/schemas";
import type { SessionActions } from "../components/SessionMenu";
import {
  ArchiveIcon,
  BracesIcon,
  CheckIcon,
  ClipIcon,
  ComposeIcon,
  CopyIcon,
  DataIcon,
  DocumentIcon,
  DownIcon,
  EyeIcon,
  GearIcon,
  KeyboardIcon,
  PinIcon,
  RepeatIcon,
  ScreenIcon,
  SearchIcon,
  SelectIcon,
  ShareIcon,
  SidebarIcon,
  StopIcon,
  TagIcon,
  TrashIcon,
} from "../components/ui/icons";
import type { Catalogue } from "../i18n/catalogue";
import { openSettings } from "../lib/settingsAddress";
import { type Command, isMac, keysOf } from "../lib/shortcuts";
import { THEMES, type Theme } from "../state/useTheme";
import type { Item } from "./items";

/** What the commands act on. */
export interface Acting {
  commands: Record<Command, () => void>;
  /** The open conversation. */
  session: Session | null;
  actions: SessionActions;
  /** Whether a reply can be stopped. */
  stoppable: boolean;
  /** Whether there is something to take back. */
  undoable: boolean;
  theme: Theme;
  chooseTheme: (theme: Theme) => void;
  switchLanguage: () => void;
  openArchive: () => void;
  selectMany: () => void;
}

type Names = (t: Catalogue) => string;

/** Makes a command that is found by its name in the other language as well. */
const maker =
  (t: Catalogue, other: Catalogue) =>
  (
    id: string,
    names: Names,
    icon: Item["icon"],
    run: () => void,
    more: Partial<Item> = {},
  ): Item => ({
    id: `command:${id}`,
    kind: "commands",
    title: names(t),
    others: [names(other)],
    icon,
    run,
    ...more,
  });

const ICONS: Record<Command, Item["icon"]> = {
  newChat: <ComposeIcon />,
  search: <SearchIcon />,
  composer: <DownIcon />,
  answer: <CheckIcon />,
  sidebar: <SidebarIcon />,
  copyReply: <CopyIcon />,
  undo: <RepeatIcon />,
  theme: <EyeIcon />,
  help: <KeyboardIcon />,
};

const nameOf =
  (command: Command): Names =>
  (t) =>
    command === "help" ? t.shortcuts : t.command[command];

/** The parts of the settings that have a command. */
const SECTIONS = [
  ["personas", (l: Catalogue) => l.palette.personaSettings, <GearIcon key="personas" />],
  ["tokens", (l: Catalogue) => l.palette.tokenSettings, <BracesIcon key="tokens" />],
  ["data", (l: Catalogue) => l.palette.dataSettings, <DataIcon key="data" />],
] as const;

/** Stopping has its progress and its failure at the button. */
const pressStop = () => document.querySelector<HTMLElement>("[data-testid=stop]")?.click();

/** Returns the commands that can be given now, in both languages. */
export function commandItems(t: Catalogue, other: Catalogue, acting: Acting): Item[] {
  const item = maker(t, other);
  const { commands, session, actions, stoppable, undoable, theme } = acting;
  const keyed = (Object.keys(ICONS) as Command[])
    .filter((command) => command !== "undo" || undoable)
    .map((command) =>
      item(command, nameOf(command), ICONS[command], commands[command], {
        keys: keysOf(command, isMac()),
      }),
    );
  return [
    ...(stoppable
      ? [item("stop", (l) => l.palette.stop, <StopIcon />, pressStop, { keys: ["Esc"] })]
      : []),
    ...keyed,
    item(
      "settings",
      (l) => l.settings,
      <GearIcon />,
      () => openSettings(),
      {
        keys: [isMac() ? "⌘" : "Ctrl", ","],
      },
    ),
    ...(session ? sessionItems(item, session, actions) : []),
    item("language", (l) => l.switchLanguage, <ScreenIcon />, acting.switchLanguage, {
      others: [t.language, other.language, other.switchLanguage],
    }),
    ...THEMES.map((one) =>
      item(
        `theme-${one}`,
        (l) => l.palette.themeTo(l.themes[one]),
        <EyeIcon />,
        () => acting.chooseTheme(one),
        {
          chosen: one === theme,
        },
      ),
    ),
    ...SECTIONS.map(([section, names, icon]) =>
      item(section, names, icon, () => openSettings(section)),
    ),
    item("archived", (l) => l.palette.openArchive, <ArchiveIcon />, acting.openArchive),
    item("select", (l) => l.palette.selectMany, <SelectIcon />, acting.selectMany),
  ];
}

/** What can be done with the open conversation. */
function sessionItems(
  item: ReturnType<typeof maker>,
  session: Session,
  actions: SessionActions,
): Item[] {
  const { pinned, archived } = session;
  const exportAs =
    (format: string): Names =>
    (l) =>
      l.palette.exportAs(format);
  const { share } = actions;
  return [
    ...(share
      ? [
          item(
            "share",
            (l) => l.sharing.shareThis,
            <ShareIcon />,
            () => share(session),
          ),
        ]
      : []),
    item("markdown", exportAs("Markdown"), <DocumentIcon />, () =>
      actions.save(session, "markdown"),
    ),
    item("json", exportAs("JSON"), <BracesIcon />, () => actions.save(session, "json")),
    item("zip", exportAs("ZIP"), <ClipIcon />, () => actions.save(session, "zip")),
    item(
      "pin",
      (l) => (pinned ? l.palette.unpinThis : l.palette.pinThis),
      <PinIcon />,
      () => actions.pin(session),
    ),
    item(
      "tag",
      (l) => l.palette.tagThis,
      <TagIcon />,
      () => actions.tag(session),
    ),
    item(
      "archive",
      (l) => (archived ? l.palette.unarchiveThis : l.palette.archiveThis),
      <ArchiveIcon />,
      () => actions.archive(session),
    ),
    item(
      "remove",
      (l) => l.palette.removeThis,
      <TrashIcon />,
      () => actions.remove(session),
    ),
  ];
}
