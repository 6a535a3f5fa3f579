import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Gliding } from "./gliding";

const looks = vi.fn();
let frames: FrameRequestCallback[] = [];

beforeEach(() => {
  looks.mockReset();
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (frame: FrameRequestCallback) => frames.push(frame));
  vi.stubGlobal("cancelAnimationFrame", () => undefined);
  const look = () => {
    looks();
    return new DOMRect();
  };
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockImplementation(look);
  vi.spyOn(Range.prototype, "getClientRects").mockImplementation(
    () => [look()] as unknown as DOMRectList,
  );
});
afterEach(() => document.body.replaceChildren());

function begin(Made = Gliding) {
  const root = document.body.appendChild(document.createElement("div"));
  const caret = document.body.appendChild(document.createElement("i"));
  root.innerHTML = "<p>Some words</p>";
  return { root, gliding: new Made(root, { caret: () => caret, isRead: false }) };
}

it("asks for no layout where the text changes, only in the frame", () => {
  const { root, gliding } = begin();
  for (let delta = 0; delta < 10; delta += 1) {
    root.firstElementChild?.append(" more");
    gliding.update();
  }
  expect(looks).not.toHaveBeenCalled();
  expect(frames).toHaveLength(1);
  frames[0]?.(0);
  expect(looks).toHaveBeenCalled();
});

it("leaves the caret to the next frame where one comes", () => {
  const { gliding } = begin();
  gliding.update();
  gliding.settle();
  expect(looks).not.toHaveBeenCalled();
  frames.shift()?.(0);
  looks.mockReset();
  gliding.settle();
  expect(looks).toHaveBeenCalled();
});

it("rests between two frames, but for text that has come", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("CSS", { highlights: new Map() });
  vi.stubGlobal("Highlight", Set);
  vi.stubGlobal("StaticRange", class {});
  vi.resetModules();
  const { root, gliding } = begin((await import("./gliding")).Gliding);
  gliding.update();
  expect(frames).toHaveLength(1);
  frames.shift()?.(0);
  expect(frames, "at rest").toHaveLength(0);
  vi.advanceTimersByTime(20);
  expect(frames).toHaveLength(1);
  frames.shift()?.(0);
  root.firstElementChild?.append(" more");
  gliding.update();
  expect(frames, "for the new text").toHaveLength(1);
  vi.advanceTimersByTime(20);
  expect(frames, "not twice").toHaveLength(1);
  frames.shift()?.(0);
  gliding.stop();
  vi.advanceTimersByTime(20);
  expect(frames).toHaveLength(0);
  vi.useRealTimers();
});
