import type { Catalogue } from "./catalogue";
import type { shellZh } from "./shellZh";

/** Sentences about the palette, the skip links, and sheets on phones. */
export const shellEn: Pick<Catalogue, keyof typeof shellZh> = {
  palette: {
    open: "Search or run a command",
    placeholder: "Find a conversation, persona, model or command…",
    results: "Results",
    nothing: "Nothing matches",
    count: (count) => (count === 1 ? "1 result" : `${count} results`),
    keysHint: "↑↓ to choose · Enter to open · Esc to close",
    kinds: {
      recent: "Recent",
      commands: "Commands",
      sessions: "Conversations",
      personas: "Personas",
      models: "Models",
    },
    current: "in use",
    personaSettings: "Settings: personas",
    tokenSettings: "Settings: API tokens",
    dataSettings: "Settings: data",
    themeTo: (theme) => `Theme: ${theme}`,
    stop: "Stop the reply",
    archiveThis: "Archive this conversation",
    unarchiveThis: "Move this conversation out of the archive",
    pinThis: "Pin this conversation",
    unpinThis: "Unpin this conversation",
    tagThis: "Tag this conversation…",
    removeThis: "Delete this conversation",
    exportAs: (format) => `Export this conversation as ${format}`,
    openArchive: "Show the archive",
    selectMany: "Select several conversations",
  },
  skip: {
    label: "Skip",
    composer: "Skip to the message box",
    sessions: "Skip to the conversations",
  },
  messageActions: "Actions for this message",
  selectText: "Select the text",
  share: "Share",
  shareFailed: "It could not be shared",
  demoEnglish: "The demo model knows English only, so these examples are in English.",
};
