import { useEffect } from "react";
import { whoAmI } from "../api/chat";
import { onEvidence } from "../api/evidence";
import { type Connection, connection } from "./connection";
import { useSelected } from "./store";

/** Milliseconds between requests that find out whether the server can be reached again. */
const ROUNDS = [1_000, 2_000, 4_000, 8_000];

/** Without a stream, which comes back by itself, only a request shows that the server is back. */
const isDoubtful = ({ server }: Connection) => server !== "answers";

/** Keeps what is known about the connection. `known`: whether this browser has its identity. */
export function useConnection(known: boolean): void {
  useEffect(() => {
    const { dispatch } = connection;
    const offline = () => dispatch({ type: "offline" });
    const online = () => dispatch({ type: "online" });
    if (!navigator.onLine) offline();
    window.addEventListener("offline", offline);
    window.addEventListener("online", online);
    const end = onEvidence((type) => dispatch({ type }));
    return () => {
      window.removeEventListener("offline", offline);
      window.removeEventListener("online", online);
      end();
    };
  }, []);

  const doubtful = useSelected(connection, isDoubtful);
  useEffect(() => {
    if (!doubtful || !known) return;
    let round = 0;
    let wanted = true;
    let timer: ReturnType<typeof setTimeout>;
    const attempt = async () => {
      if (document.visibilityState === "visible") await whoAmI().catch(() => undefined);
      if (wanted) next();
    };
    const next = () => {
      timer = setTimeout(attempt, ROUNDS[Math.min(round++, ROUNDS.length - 1)]);
    };
    const atOnce = () => {
      clearTimeout(timer);
      void attempt();
    };
    next();
    window.addEventListener("online", atOnce);
    return () => {
      wanted = false;
      clearTimeout(timer);
      window.removeEventListener("online", atOnce);
    };
  }, [doubtful, known]);
}
