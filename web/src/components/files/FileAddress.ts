import { createContext, useContext } from "react";
import { fileAddress } from "../../api/files";

/** How files of messages are addressed: by their own ids, or on the page of a share link by those of the link. */
export const FileAddress = createContext(fileAddress);

export const useFileAddress = () => useContext(FileAddress);
