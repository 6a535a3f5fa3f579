import { act, fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { aDocument, aPicture } from "../../testing/fakeUpload";
import { render } from "../../testing/render";
import { MessageFiles } from "./MessageFiles";
import { shownSize } from "./MessagePicture";

const THREE = [aPicture("one"), aPicture("two"), aPicture("three")];

beforeEach(() => {
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
});

async function view(number: number) {
  await act(async () => void fireEvent.click(screen.getAllByTestId("picture")[number] as Element));
  return screen.findByTestId("viewer");
}

describe("MessageFiles", () => {
  it("offers a document for download, with what is known of it", () => {
    render(<MessageFiles files={[aDocument("report", { name: "report.pdf" })]} />);
    const chip = screen.getByTestId("file-chip");
    expect(chip.textContent).toBe("report.pdfPDF · 480 kB");
    expect(chip.getAttribute("href")).toBe("/api/files/report?form=original");
    expect(chip.getAttribute("download")).toBe("report.pdf");
  });

  it("gives a picture its place before it is loaded", () => {
    render(<MessageFiles files={[aPicture("one", { width: 3_000, height: 1_500 })]} />);
    const picture = screen.getByAltText("one.png");
    expect(picture.getAttribute("width")).toBe("288");
    expect(picture.getAttribute("height")).toBe("144");
  });

  it("says so where a picture cannot be shown", () => {
    render(<MessageFiles files={[aPicture("one")]} />);
    fireEvent.error(screen.getByAltText("one.png"));
    expect(screen.getByRole("img", { name: /cannot be shown/ })).toBeTruthy();
  });

  it("shows the pictures large, one after another by the arrow keys", async () => {
    render(<MessageFiles files={[...THREE, aDocument("d")]} />);
    const viewer = await view(1);
    const shown = () => viewer.querySelector("img")?.getAttribute("src");
    expect(shown()).toBe("/api/files/two?form=original");
    expect(viewer.textContent).toContain("Picture 2 of 3");
    fireEvent.keyDown(viewer, { key: "ArrowRight" });
    expect(shown()).toContain("three");
    fireEvent.keyDown(viewer, { key: "ArrowRight" });
    expect(shown()).toContain("three");
    fireEvent.keyDown(viewer, { key: "Home" });
    expect(shown()).toContain("one");
    fireEvent.click(screen.getByTestId("close-viewer"));
    expect(screen.queryByTestId("viewer")).toBeNull();
  });

  it("shows the small picture of a format that the browser cannot show", async () => {
    render(<MessageFiles files={[aPicture("one", { name: "one.heic" })]} />);
    const viewer = await view(0);
    const large = viewer.querySelector("img") as HTMLImageElement;
    fireEvent.error(large);
    expect(large.getAttribute("src")).toBe("/api/files/one?form=preview");
    expect(viewer.querySelector("[data-testid=next-picture]")).toBeNull();
  });
});

describe("shownSize", () => {
  it.each([
    [3_000, 4_000, 216, 288],
    [100, 80, 100, 80],
    [4_000, 10, 288, 64],
  ])("of %s by %s is %s by %s", (width, height, ...size) => {
    expect(Object.values(shownSize({ width, height }))).toEqual(size);
  });

  it("is a square where the size is not known", () => {
    expect(Object.values(shownSize({}))).toEqual([288, 288]);
  });
});
