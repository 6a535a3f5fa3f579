import { expect, it } from "vitest";
import { catalogues } from "../i18n/catalogue";
import { type LostConnections, reduceLostConnections } from "./lostConnections";

const after = (...changes: boolean[]) =>
  changes.reduce<LostConnections>(
    (state, isOpen) => reduceLostConnections(state, { turnId: "t", isOpen }),
    {},
  );

it("counts each stream that was open and is lost, once", () => {
  expect(after(true).t).toBeUndefined();
  expect(after(true, false, false).t?.count).toBe(1);
  expect(after(true, false, true, false, true).t?.count).toBe(2);
  expect(after(false).t?.count).toBe(1);
});

it("counts each turn by itself", () => {
  const state = reduceLostConnections(after(true, false), { turnId: "u", isOpen: false });
  expect([state.t?.count, state.u?.count]).toEqual([1, 1]);
});

it("says what was survived in the reader's language, with the right plurals", () => {
  const { losses } = catalogues.en.goingOn;
  expect(losses(1, 1)).toBe("1 lost connection, 1 lost worker");
  expect(losses(2, 3)).toBe("2 lost connections, 3 lost workers");
  expect([losses(0, 2), losses(1, 0), losses(0, 0)]).toEqual([
    "2 lost workers",
    "1 lost connection",
    "",
  ]);
  expect(catalogues["zh-CN"].goingOn.losses(1, 2)).toBe("1 次连接中断、2 个工作进程丢失");
});
