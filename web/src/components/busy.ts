import { createContext, useContext } from "react";
import { createStore, useSelected } from "../state/store";

export const busyStore = (busy: boolean) => createStore((_: boolean, next: boolean) => next, busy);

/**
 * Whether nothing can be asked, changed or removed now. A store, because it changes with each reply: only what shows it is
 * rendered again. For a context that changes React would walk through all messages.
 */
export const Busy = createContext(busyStore(false));

const itself = (busy: boolean) => busy;

export const useBusy = () => useSelected(useContext(Busy), itself);
