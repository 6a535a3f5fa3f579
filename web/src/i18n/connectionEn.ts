import type { Catalogue } from "./catalogue";

/** The sentences about the connection, and about questions that could not be sent yet. */
export const connectionEn: Pick<Catalogue, "connection" | "worker" | "unsent" | "broken"> = {
  connection: {
    offline: "You are offline. What you send now is kept, and sent when you are back online.",
    reconnecting: "Connection lost, reconnecting. Replies continue in the background.",
    silent: "The server does not answer. The page keeps trying.",
    again: (seconds) => `Trying again in ${seconds} s.`,
    signIn: "Sign in",
    notYet: "Not yet",
  },
  worker: {
    awaited: "Waiting for a worker",
    absent: "No worker is running. Your question is kept, and is answered once one has started.",
  },
  unsent: {
    label: "Questions that are not sent yet",
    waits: "Not sent yet. It is sent automatically when the connection is back.",
    sending: "Sending…",
    arrived: "The earlier text was already sent. The new text was not.",
    edit: "Change the text",
    remove: "Remove, do not send",
    again: "Send",
    removed: "Removed; it is not sent",
    kept: "No connection: the question is kept, and is sent automatically",
  },
  broken: {
    title: "This page has stopped working",
    text: "A fault in the page, or an extension or translator that changes it, has stopped it. Your conversations are safe on the server, and what you were writing is kept in this browser.",
    draft: "What you were writing:",
    reload: "Reload the page",
  },
};
