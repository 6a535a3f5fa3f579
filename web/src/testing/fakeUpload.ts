import { act } from "@testing-library/react";
import { vi } from "vitest";
import type { StoredFile } from "../api/schemas";

/** A picture as the server describes it. */
export const aPicture = (id: string, more: Partial<StoredFile> = {}): StoredFile => ({
  id,
  name: `${id}.png`,
  type: "image/png",
  size: 1_200,
  kind: "image",
  width: 800,
  height: 600,
  ...more,
});

/** A document as the server describes it. */
export const aDocument = (id: string, more: Partial<StoredFile> = {}): StoredFile => ({
  id,
  name: `${id}.pdf`,
  type: "application/pdf",
  size: 480_000,
  kind: "document",
  ...more,
});

/** A file as the reader chooses it. */
export const chosen = (name: string, type = "text/plain") => new File(["x"], name, { type });

/** Uploads that tests bring forward. Browser tests cover the real ones. */
export class FakeUpload {
  static all: FakeUpload[] = [];

  static install(): void {
    FakeUpload.all = [];
    vi.stubGlobal("XMLHttpRequest", FakeUpload);
  }

  status = 0;
  statusText = "";
  responseText = "";
  form: FormData | null = null;
  aborted = false;
  onload: () => void = () => undefined;
  onerror: () => void = () => undefined;
  onabort: () => void = () => undefined;
  upload: { onprogress: (event: object) => void } = { onprogress: () => undefined };

  constructor() {
    FakeUpload.all.push(this);
  }

  open(): void {}
  setRequestHeader(): void {}
  getResponseHeader = () => null;

  send(form: FormData): void {
    this.form = form;
  }

  abort(): void {
    this.aborted = true;
    this.onabort();
  }

  get file(): File {
    return this.form?.get("file") as File;
  }

  progress(share: number): void {
    act(() => this.upload.onprogress({ loaded: share, total: 1, lengthComputable: true }));
  }

  answer(status: number, body: object): Promise<void> {
    this.status = status;
    this.responseText = JSON.stringify(body);
    return act(async () => this.onload());
  }

  breakOff(): Promise<void> {
    return act(async () => this.onerror());
  }
}
