/** What of a drop or a paste can be attached. */
export interface Dropped {
  files: File[];
  /** Whether there was a folder, which a browser cannot upload. */
  folder: boolean;
}

export const hasFiles = (data: DataTransfer | null) => data?.types.includes("Files") ?? false;

export function filesIn(data: DataTransfer): Dropped {
  const items = [...data.items].filter(({ kind }) => kind === "file");
  const isFolder = (item: DataTransferItem) => item.webkitGetAsEntry?.()?.isDirectory ?? false;
  const files = items.filter((item) => !isFolder(item)).flatMap((item) => item.getAsFile() ?? []);
  return { files, folder: items.some(isFolder) };
}

/**
 * Returns the files of a paste; none where its text is meant: a table or a document brings a picture of itself. A file
 * that was copied may bring its name as text.
 */
export function pastedFiles(data: DataTransfer): File[] {
  const { files } = filesIn(data);
  const text = data.getData("text/plain").trim();
  return text && data.types.includes("text/html") ? [] : files;
}

/** Gives pasted pictures, which browsers all name "image.png", names that tell them apart. */
export function named(files: readonly File[], name: string, now: Date): File[] {
  return files.map((file) => {
    if (!/^image\.\w+$/.test(file.name)) return file;
    const time = now.toTimeString().slice(0, 8).replaceAll(":", "");
    const ending = file.name.slice(file.name.lastIndexOf("."));
    return new File([file], `${name} ${time}${ending}`, { type: file.type });
  });
}
