import { describe, expect, it } from "vitest";
import { placeAmong, placeOf, readPlaces, withPlace } from "./readingPlace";

const among = (...rows: [id: string, top: number][]) =>
  placeAmong(rows.length, (index) => ({ id: rows[index]?.[0] ?? "", top: rows[index]?.[1] ?? 0 }));

describe("placeAmong", () => {
  it("is the message at the upper edge", () => {
    expect(among(["a", -500], ["b", -20], ["c", 300])).toEqual({ id: "b", offset: -20 });
  });

  it("is the last one before it that is stored, while a reply runs", () => {
    expect(among(["a", -500], ["", -200], ["", -20])).toEqual({ id: "a", offset: -500 });
  });

  it("is the first one at the beginning, stored or not", () => {
    expect(among(["a", 16], ["b", 90])).toEqual({ id: "a", offset: 16 });
    expect(among(["", -300], ["", -20])).toEqual({ id: "", offset: -300 });
    expect(among()).toEqual({ id: "", offset: 0 });
  });

  it("looks at few of many rows", () => {
    let looks = 0;
    placeAmong(1_000, (index) => {
      looks += 1;
      return { id: `${index}`, top: index * 100 - 70_050 };
    });
    expect(looks).toBeLessThan(15);
  });
});

describe("the places of sessions", () => {
  it("are those that were used last", () => {
    let places = readPlaces(null);
    for (let n = 0; n < 100; n += 1) places = withPlace(places, `s${n}`, "end");
    places = withPlace(places, "s99", { id: "m", offset: -3 });
    expect(places).toHaveLength(60);
    expect(placeOf(places, "s99")).toEqual({ id: "m", offset: -3 });
    expect(placeOf(places, "s0")).toBeNull();
    expect(readPlaces(JSON.stringify(places))).toEqual(places);
  });

  it.each([
    "",
    "{",
    "{}",
    "[1]",
    '[["s", {"id": 1, "offset": 2}]]',
    '[["s", null]]',
    '[["s", {"id": "m"}]]',
  ])("are none in %o", (stored) => {
    expect(readPlaces(stored)).toEqual([]);
  });
});
