import { fireEvent, screen, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Model } from "../api/schemas";
import { aModel } from "../testing/models";
import { render } from "../testing/render";
import { ModelPicker } from "./ModelPicker";

const A = aModel("a");
const B = aModel("b", { provider: "two", can: ["vision", "thinking"], thinking: "switch" });

/** A menu is rendered once it is open. */
function open(models: Model[]) {
  const onChoose = vi.fn();
  render(<ModelPicker models={models} model={A} onChoose={onChoose} />);
  const event = Object.assign(new Event("beforetoggle"), { newState: "open" });
  fireEvent(screen.getByRole("menu", { hidden: true }), event);
  return onChoose;
}

beforeEach(() => {
  HTMLElement.prototype.hidePopover = () => undefined;
});

describe("ModelPicker", () => {
  it("shows the name alone where there is no choice", () => {
    render(<ModelPicker models={[A]} model={A} onChoose={() => undefined} />);
    expect(screen.getByText("A")).toBeTruthy();
    expect(screen.queryByTestId("model-picker")).toBeNull();
  });

  it("groups by provider, with what each model can", () => {
    const onChoose = open([A, B]);
    const groups = screen.getAllByRole("group", { hidden: true });
    expect(groups.map((group) => group.firstElementChild?.textContent)).toEqual(["one", "two"]);
    const item = within(groups[1] as HTMLElement).getByRole("menuitemradio", { hidden: true });
    expect(item.textContent).toContain("Sees pictures");
    expect(item.textContent).toContain("Can think");
    fireEvent.click(item);
    expect(onChoose).toHaveBeenCalledWith("b");
  });

  it("shows no group where all models are of one provider", () => {
    open([A, { ...B, provider: "one" }]);
    expect(screen.queryByRole("group", { hidden: true })).toBeNull();
    expect(screen.getAllByRole("menuitemradio", { hidden: true })).toHaveLength(2);
  });
});
