/** Forms that tools ask readers to fill in: a JSON schema of an object whose members are not nested, as MCP has them. */

import { toolLine, toolText } from "../lib/visibleText";

export interface Option {
  value: string;
  label: string;
}

interface Base {
  name: string;
  label: string;
  hint: string;
  required: boolean;
}

export type TextFormat = "text" | "email" | "uri" | "date" | "date-time";

export type Field = Base &
  (
    | { kind: "text"; format: TextFormat; shortest: number; longest: number }
    | { kind: "number"; whole: boolean; least: number; most: number }
    | { kind: "boolean" }
    | { kind: "choice"; options: Option[] }
    | { kind: "choices"; options: Option[]; fewest: number; most: number }
  );

export type Value = string | boolean | readonly string[];
export type Values = Readonly<Record<string, Value>>;

type Schema = Record<string, unknown>;

/** What is wrong with a value: the name of a sentence, or of one about a limit, with the limit. */
export type FieldProblem =
  | "required"
  | "email"
  | "uri"
  | "date"
  | "number"
  | "integer"
  | {
      kind: "tooShort" | "tooLong" | "tooSmall" | "tooLarge" | "tooFew" | "tooMany";
      limit: number;
    };

const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null;
const textIn = (value: unknown) => (typeof value === "string" ? value : "");
const numberIn = (value: unknown, other: number) => (typeof value === "number" ? value : other);
const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Returns the fields of a form, in its order. */
export function fieldsOf(form: Schema | undefined): Field[] {
  const properties = isSchema(form?.properties) ? form.properties : {};
  const required = listIn(form?.required);
  return Object.entries(properties).map(([name, schema]) =>
    fieldOf(name, isSchema(schema) ? schema : {}, required.includes(name)),
  );
}

function fieldOf(name: string, schema: Schema, required: boolean): Field {
  const label = toolLine(textIn(schema.title) || name);
  const base = { name, label, hint: toolText(textIn(schema.description)), required };
  if (schema.type === "array" && isSchema(schema.items)) {
    const [fewest, most] = [numberIn(schema.minItems, 0), numberIn(schema.maxItems, Infinity)];
    return { ...base, kind: "choices", options: optionsOf(schema.items), fewest, most };
  }
  const options = optionsOf(schema);
  if (options.length > 0) return { ...base, kind: "choice", options };
  if (schema.type === "boolean") return { ...base, kind: "boolean" };
  if (schema.type === "number" || schema.type === "integer") {
    const [least, most] = [numberIn(schema.minimum, -Infinity), numberIn(schema.maximum, Infinity)];
    return { ...base, kind: "number", whole: schema.type === "integer", least, most };
  }
  return { ...base, kind: "text", ...textRules(schema) };
}

const FORMATS: readonly string[] = ["email", "uri", "date", "date-time"];

/** A `pattern` is left to the server: the tool server could write one that stops the page. */
function textRules({ format, minLength, maxLength }: Schema) {
  return {
    format: (FORMATS.includes(textIn(format)) ? format : "text") as TextFormat,
    shortest: numberIn(minLength, 0),
    longest: numberIn(maxLength, Infinity),
  };
}

/** Returns the values to choose from: `enum` with or without `enumNames`, or titled ones in `oneOf` or `anyOf`. */
function optionsOf({ enum: values, enumNames, oneOf, anyOf }: Schema): Option[] {
  const names = listIn(enumNames);
  const plain = listIn(values).filter((value) => typeof value === "string");
  const titled = [...listIn(oneOf), ...listIn(anyOf)].filter(isSchema);
  return [
    ...plain.map((value, index) => ({ value, label: toolLine(textIn(names[index]) || value) })),
    ...titled
      .filter((one) => typeof one.const === "string")
      .map((one) => ({
        value: textIn(one.const),
        label: toolLine(textIn(one.title) || textIn(one.const)),
      })),
  ];
}

/** Returns what a form begins with: the values that it gives, otherwise nothing. */
export function initialValues(form: Schema | undefined, fields: readonly Field[]): Values {
  const properties = (form?.properties ?? {}) as Record<string, Schema | undefined>;
  return Object.fromEntries(
    fields.map((field) => [field.name, initialOf(field, properties[field.name]?.default)]),
  );
}

function initialOf(field: Field, given: unknown): Value {
  if (field.kind === "boolean") return given === true;
  if (field.kind === "choices") return listIn(given).filter((one) => typeof one === "string");
  return typeof given === "string" || typeof given === "number" ? String(given) : "";
}

/** Returns what is wrong with a value; null if nothing is. */
export function problemOf(field: Field, value: Value | undefined): FieldProblem | null {
  if (field.kind === "boolean") return null;
  if (field.kind === "choices")
    return choicesProblem(field, Array.isArray(value) ? value.length : 0);
  const text = typeof value === "string" ? value : "";
  if (text === "") return field.required ? "required" : null;
  if (field.kind === "number") return numberProblem(field, text);
  return field.kind === "text" ? textProblem(field, text) : null;
}

type OfKind<Kind> = Extract<Field, { kind: Kind }>;

function choicesProblem(field: OfKind<"choices">, count: number): FieldProblem | null {
  if (count === 0 && !field.required) return null;
  const fewest = Math.max(field.fewest, field.required ? 1 : 0);
  if (count < fewest) return { kind: "tooFew", limit: fewest };
  return count > field.most ? { kind: "tooMany", limit: field.most } : null;
}

function numberProblem(field: OfKind<"number">, text: string): FieldProblem | null {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) return "number";
  if (field.whole && !Number.isInteger(number)) return "integer";
  if (number < field.least) return { kind: "tooSmall", limit: field.least };
  return number > field.most ? { kind: "tooLarge", limit: field.most } : null;
}

function textProblem(field: OfKind<"text">, text: string): FieldProblem | null {
  const length = [...text].length;
  if (length < field.shortest) return { kind: "tooShort", limit: field.shortest };
  if (length > field.longest) return { kind: "tooLong", limit: field.longest };
  if (field.format === "email") return /^[^\s@]+@[^\s@]+$/.test(text) ? null : "email";
  if (field.format === "uri") return URL.canParse(text) ? null : "uri";
  if (field.format === "date" || field.format === "date-time")
    return Number.isNaN(Date.parse(text)) ? "date" : null;
  return null;
}

/** Returns the problems by the names of their fields; empty if the form can be sent. */
export function problemsOf(fields: readonly Field[], values: Values) {
  const found = fields.map((field) => [field.name, problemOf(field, values[field.name])] as const);
  return new Map(found.filter((one): one is [string, FieldProblem] => one[1] !== null));
}

/** Returns the object that is sent. What may be left out and was not filled in is left out. */
export function contentOf(fields: readonly Field[], values: Values): Record<string, unknown> {
  const members = fields.map((field) => [field.name, sentValue(field, values[field.name])]);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function sentValue(field: Field, value: Value | undefined): unknown {
  if (field.kind === "boolean") return value === true;
  if (field.kind === "choices") {
    const chosen = listIn(value);
    return chosen.length > 0 || field.required ? chosen : undefined;
  }
  if (value === undefined || value === "") return undefined;
  if (field.kind === "number") return Number(value);
  const isTime = field.kind === "text" && field.format === "date-time";
  return isTime ? new Date(String(value)).toISOString() : value;
}
