import { act, renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { aModel } from "../testing/models";
import type { Catalog } from "./useCatalog";
import { useChoice } from "./useChoice";

const CATALOG: Catalog = {
  ready: true,
  personas: null,
  models: {
    models: [aModel("a"), aModel("b", { thinking: "switch" }), aModel("c")],
    default_model: "a",
    max_message_chars: 8_000,
  },
  fault: null,
  retry: () => undefined,
};

function choose(sessionId: string | null) {
  const { result, rerender } = renderHook(({ id }) => useChoice(CATALOG, id), {
    initialProps: { id: sessionId },
  });
  return {
    choice: () => result.current,
    model: () => result.current.model?.id,
    adopt: (model: string | null) => act(() => result.current.adoptModel(model)),
    pick: (model: string) => act(() => result.current.chooseModel(model)),
    go: (id: string | null) => rerender({ id }),
  };
}

describe("the model of a session", () => {
  it("is the one that was asked there last", () => {
    const { model, adopt } = choose("s");
    expect(model()).toBe("a");
    adopt("b");
    expect(model()).toBe("b");
    adopt("gone");
    expect(model()).toBe("a");
  });

  it("is the reader's choice until another session is open", () => {
    const { model, adopt, pick } = choose("s");
    adopt("b");
    pick("c");
    expect(model()).toBe("c");
    adopt(null);
    adopt("b");
    expect(model()).toBe("b");
  });

  it("is the last choice in a new chat", () => {
    const { model, adopt, pick, go } = choose("s");
    pick("c");
    adopt("b");
    go(null);
    adopt(null);
    expect(model()).toBe("c");
  });
});

describe("the thinking switch", () => {
  it("is there for some models only, and is remembered", () => {
    const { choice, pick } = choose(null);
    expect(choice().thinking).toBeUndefined();
    pick("b");
    expect(choice().thinking).toBe(false);
    act(() => choice().chooseThinking(true));
    expect(choice().thinking).toBe(true);
    expect(choose(null).choice().thinking).toBe(true);
  });
});
