import type { Catalogue } from "./catalogue";
import type { dataZh } from "./dataZh";

/** The sentences about exports, imports and the deletion of everything. */
export const dataEn: Pick<Catalogue, keyof typeof dataZh> = {
  yourData: "Your data",
  exportAll: "Export everything",
  exportText:
    "All conversations in one file. JSON has all versions, ZIP the attached files as well; both can be imported again. Markdown is for reading.",
  exportFormats: { json: "JSON", markdown: "Markdown", zip: "ZIP with files" },
  exportProgress: (done, all) => `${done} of ${all} messages`,
  exportRunning: (size) => `${size} so far`,
  exportOf: (done, all) => `${done} of about ${all}`,
  exportSaved: (name, size) => `Saved as “${name}” (${size}).`,
  importTitle: "Import conversations",
  importText:
    "From Holdfast, ChatGPT, Open WebUI or LibreChat, as JSON or ZIP. You see first what is in it.",
  chooseFile: "Choose a file…",
  orDrop: "or drop it here",
  importChecking: (file) => `Checking “${file}”…`,
  importRunning: "Importing…",
  importProgress: (done, all) => `${done} of ${all} conversations`,
  importFiles: (done, all) => (all === 1 ? `${done} of 1 file` : `${done} of ${all} files`),
  importFilesLeftOut: "Files that are left out",
  importFileReasons: {
    file_too_large: "It is larger than this server takes.",
    file_type_refused: "This kind of file cannot be read here.",
    file_broken: "It is damaged or empty.",
    file_quota_reached: "Your storage for files is used up.",
    files_unavailable: "This server keeps no files.",
  },
  importWould: (count, messages) =>
    `${count === 1 ? "1 conversation" : `${count} conversations`} with ${messages === 1 ? "1 message" : `${messages} messages`} can be imported.`,
  importHas: (count, messages) =>
    `${count === 1 ? "1 conversation" : `${count} conversations`} with ${messages === 1 ? "1 message" : `${messages} messages`} imported.`,
  importNothing: "There is nothing in this file that can be imported.",
  importStopped: "The import was cancelled.",
  importKept: (count) =>
    count === 1
      ? "1 conversation had been imported by then."
      : `${count} conversations had been imported by then.`,
  importTaken: "To be imported",
  importDone: "Imported",
  importLeftOut: "Left out",
  importChanged: "Parts that are left out or changed",
  importConfirm: (count) => (count === 1 ? "Import it" : `Import ${count}`),
  importParts: {
    images: "Pictures are not imported; the text of their messages is.",
    files: "Attached files that the file lacks, or the server refuses, are not imported.",
    audio: "Recordings are not imported; their transcripts are.",
    tool_calls: "Tool calls and their results are not imported.",
    system_messages: "System messages and custom instructions are not imported.",
    hidden_messages: "Messages that the other application hides are not imported.",
    empty_messages: "Messages without text are not imported.",
    unknown_content: "Content of an unknown kind is not imported.",
    invalid_messages: "Messages that are not valid are not imported.",
    duplicates: "Of messages with the same id only the first is imported.",
    missing_parents: "Messages that follow a missing one begin a branch of their own.",
    cycles: "Messages that follow themselves are not imported.",
    merged: "Replies in several pieces became one message each.",
    shortened: "Messages longer than this server's limit are cut.",
  },
  importReasons: {
    empty: "It has no messages with text.",
    unreadable: "Its form is not known here.",
    too_large: "It is larger than 16 MB.",
    too_many_messages: "It has more than 20,000 messages.",
    too_many_versions: "It has too many versions.",
    too_many_sessions:
      "You have as many conversations as are allowed. Delete some, and import it again.",
    quota_reached: "Your storage is used up. Delete some conversations, and import it again.",
  },
  messageCount: (count) => (count === 1 ? "1 message" : `${count} messages`),
  andFurther: (count) => `and ${count} more`,
  times: (count) => `${count} ×`,
  back: "Back",
  done: "Done",
  eraseTitle: "Delete everything",
  eraseText: "Deletes all your conversations and personas on this server.",
  eraseAsk: "Delete everything…",
  eraseWarning:
    "All your conversations, with their messages, versions and files, and all personas that you made will be deleted for good, here and on your other devices. Running replies stop, and your share links and API tokens no longer work. Nothing can be restored; export first what you want to keep.",
  eraseType: (word) => `Type “${word}” to continue:`,
  eraseWord: "delete",
  eraseConfirm: "Delete everything",
  erasing: "Deleting…",
  erased: (count) =>
    count === 1 ? "1 conversation was deleted" : `${count} conversations were deleted`,
};
