import { describe, expect, it } from "vitest";
import { aDocument, aPicture } from "../testing/fakeUpload";
import {
  type DraftFile,
  type DraftFiles,
  type FilesAction,
  filesAt,
  hasPictures,
  isPicture,
  readyFile,
  reduceFiles,
  storedOf,
} from "./draftFiles";

const uploading = (key: string): DraftFile => ({
  key,
  name: `${key}.txt`,
  type: "text/plain",
  size: 1,
  phase: "uploading",
  share: 0,
  fault: null,
  stored: null,
});
const FAULT = { code: "file_broken", detail: "", retryable: false };
const play = (...actions: FilesAction[]) => actions.reduce(reduceFiles, {} as DraftFiles);
const added = (place: string, ...keys: string[]): FilesAction => ({
  type: "added",
  place,
  files: keys.map(uploading),
});
const keysAt = (state: DraftFiles, place: string) => filesAt(state, place).map(({ key }) => key);

describe("reduceFiles", () => {
  it("follows an upload in whatever draft it is", () => {
    const sent = play(added("s", "a"), added("t", "b"), { type: "progress", key: "b", share: 0.5 });
    expect(filesAt(sent, "t")[0]).toMatchObject({ phase: "uploading", share: 0.5 });
    const stored = aPicture("p");
    const ready = reduceFiles(sent, { type: "stored", key: "b", stored });
    expect(filesAt(ready, "t")[0]).toMatchObject({ phase: "ready", share: 1, stored });
    expect(filesAt(ready, "s")).toBe(filesAt(sent, "s"));
  });

  it("tries a failed upload again from its beginning", () => {
    const failed = play(
      added("s", "a"),
      { type: "progress", key: "a", share: 0.7 },
      { type: "failed", key: "a", fault: FAULT },
    );
    expect(filesAt(failed, "s")[0]).toMatchObject({ phase: "failed", fault: FAULT });
    const again = reduceFiles(failed, { type: "again", key: "a" });
    expect(filesAt(again, "s")[0]).toMatchObject({ phase: "uploading", share: 0, fault: null });
  });

  it("ignores an upload whose file was removed", () => {
    const removed = play(added("s", "a"), { type: "removed", key: "a" });
    expect(removed).toEqual({});
    expect(reduceFiles(removed, { type: "progress", key: "a", share: 1 })).toBe(removed);
  });

  it("puts the files of a refused question before those added meanwhile, each once", () => {
    const files = [aPicture("p"), aDocument("d")];
    const returned = play(added("s", "a"), { type: "returned", place: "s", files });
    expect(keysAt(returned, "s")).toEqual(["p", "d", "a"]);
    expect(reduceFiles(returned, { type: "returned", place: "s", files })).toBe(returned);
  });

  it("restores kept files once, and not over those of the page", () => {
    const opened = play({ type: "opened", place: "s", files: [aPicture("p")] });
    expect(keysAt(opened, "s")).toEqual(["p"]);
    const late = play(added("s", "a"), { type: "opened", place: "s", files: [aPicture("p")] });
    expect(keysAt(late, "s")).toEqual(["a"]);
  });

  it("moves the files of a new chat to its session, also while they are uploaded", () => {
    const moved = play(added("", "a"), { type: "moved", from: "", to: "s" });
    expect(Object.keys(moved)).toEqual(["s"]);
    const sent = reduceFiles(moved, { type: "progress", key: "a", share: 1 });
    expect(filesAt(sent, "s")[0]?.share).toBe(1);
  });

  it("keeps files that are not uploaded where the others are sent", () => {
    const files = [aPicture("p")];
    const mixed = play(
      { type: "opened", place: "s", files },
      added("s", "a", "b"),
      { type: "failed", key: "b", fault: FAULT },
      { type: "taken", place: "s" },
    );
    expect(keysAt(mixed, "s")).toEqual(["a", "b"]);
    expect(reduceFiles(mixed, { type: "forgotten", place: "s" })).toEqual({});
  });

  it("removes what arrived, and nothing else", () => {
    const files = [aPicture("p"), aDocument("d")];
    const opened = play({ type: "opened", place: "s", files });
    expect(keysAt(reduceFiles(opened, { type: "gone", place: "s", id: "p" }), "s")).toEqual(["d"]);
    expect(reduceFiles(opened, { type: "gone", place: "t", id: "p" })).toBe(opened);
  });
});

describe("the files of a draft", () => {
  it("are sent once they are ready", () => {
    expect(storedOf([uploading("a"), readyFile(aPicture("p"))])).toEqual([aPicture("p")]);
  });

  it.each([
    ["image/png", true],
    ["image/svg+xml", false],
    ["text/plain", false],
    ["", false],
  ])("of type %o are pictures: %s", (type, picture) => {
    expect(isPicture(type)).toBe(picture);
    expect(hasPictures([{ ...uploading("a"), type }])).toBe(picture);
  });
});
