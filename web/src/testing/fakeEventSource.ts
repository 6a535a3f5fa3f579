/** An EventSource that tests control; browser tests cover the real one. */
export class FakeEventSource {
  static all: FakeEventSource[] = [];
  static get last(): FakeEventSource {
    const source = FakeEventSource.all.at(-1);
    if (!source) throw new Error("no EventSource was opened");
    return source;
  }

  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string; lastEventId: string }) => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(readonly url: string) {
    FakeEventSource.all.push(this);
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  #onPing: (() => void) | null = null;

  addEventListener(_type: "ping", listener: () => void) {
    this.#onPing = listener;
  }

  ping() {
    this.#onPing?.();
  }

  say(seq: number, event: object) {
    this.onmessage?.({ data: JSON.stringify(event), lastEventId: `sid.1:${seq}` });
  }

  /** The connection dropped; the browser reconnects. */
  drop() {
    this.readyState = 0;
    this.onerror?.();
  }

  /** The server did not answer 200; the browser gives up. */
  refuse() {
    this.readyState = 2;
    this.onerror?.();
  }

  close() {
    this.readyState = 2;
  }
}
