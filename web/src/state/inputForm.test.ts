import { describe, expect, it } from "vitest";
import { contentOf, type Field, fieldsOf, initialValues, problemOf, problemsOf } from "./inputForm";

const FORM = {
  type: "object",
  properties: {
    name: { type: "string", title: "Your name", description: "As in the passport", minLength: 2 },
    mail: { type: "string", format: "email" },
    page: { type: "string", format: "uri" },
    born: { type: "string", format: "date" },
    age: { type: "integer", minimum: 18, maximum: 99, default: 30 },
    ratio: { type: "number" },
    agree: { type: "boolean", default: true },
    colour: { type: "string", enum: ["r", "g"], enumNames: ["Red", "Green"] },
    size: { type: "string", oneOf: [{ const: "s", title: "Small" }, { const: "l" }], default: "l" },
    tags: { type: "array", minItems: 1, maxItems: 2, items: { enum: ["a", "b", "c"] } },
    days: { type: "array", items: { anyOf: [{ const: "mo", title: "Monday" }] } },
  },
  required: ["name", "tags"],
};

const fields = fieldsOf(FORM);
const field = (name: string) => fields.find((one) => one.name === name) as Field;

describe("the form of a tool", () => {
  it("has a field for each member of its schema", () => {
    expect(fields.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "name text",
      "mail text",
      "page text",
      "born text",
      "age number",
      "ratio number",
      "agree boolean",
      "colour choice",
      "size choice",
      "tags choices",
      "days choices",
    ]);
    expect(field("name")).toMatchObject({
      label: "Your name",
      hint: "As in the passport",
      required: true,
    });
    expect(field("colour")).toMatchObject({
      options: [
        { value: "r", label: "Red" },
        { value: "g", label: "Green" },
      ],
    });
    expect(field("size")).toMatchObject({ options: [{ label: "Small" }, { label: "l" }] });
    expect(field("days")).toMatchObject({ options: [{ value: "mo", label: "Monday" }] });
  });

  it("begins with the values that it gives", () => {
    const values = initialValues(FORM, fields);
    expect(values).toMatchObject({ name: "", age: "30", agree: true, size: "l", tags: [] });
  });

  it.each([
    ["name", "", "required"],
    ["name", "x", { kind: "tooShort", limit: 2 }],
    ["name", "Jo", null],
    ["mail", "jo", "email"],
    ["mail", "jo@example.com", null],
    ["mail", "", null],
    ["page", "example", "uri"],
    ["page", "https://example.com", null],
    ["born", "yesterday", "date"],
    ["born", "2000-02-29", null],
    ["age", "17", { kind: "tooSmall", limit: 18 }],
    ["age", "100", { kind: "tooLarge", limit: 99 }],
    ["age", "20.5", "integer"],
    ["age", "many", "number"],
    ["ratio", "0.5", null],
    ["tags", [], { kind: "tooFew", limit: 1 }],
    ["tags", ["a", "b", "c"], { kind: "tooMany", limit: 2 }],
    ["days", [], null],
    ["agree", false, null],
  ] as const)("says of %s with %j: %j", (name, value, problem) => {
    expect(problemOf(field(name), value)).toEqual(problem);
  });

  it("is sent with numbers as numbers, and without what was left out", () => {
    const values = { ...initialValues(FORM, fields), name: "Jo", tags: ["b"], ratio: "0.5" };
    expect([...problemsOf(fields, values)]).toEqual([]);
    expect(contentOf(fields, values)).toEqual({
      name: "Jo",
      age: 30,
      ratio: 0.5,
      agree: true,
      size: "l",
      tags: ["b"],
    });
  });

  it("takes a schema that is not understood as an empty form, and leaves patterns to the server", () => {
    expect(fieldsOf(undefined)).toEqual([]);
    expect(fieldsOf({ properties: { a: 5 } })).toMatchObject([{ kind: "text" }]);
    const [odd] = fieldsOf({ properties: { a: { type: "string", pattern: "(a+)+$" } } });
    expect(problemOf(odd as Field, "a!")).toBeNull();
  });
});
