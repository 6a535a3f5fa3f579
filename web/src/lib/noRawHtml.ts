/**
 * Stands in for rehype-raw, an HTML parser of 50 KB that Streamdown imports for its default plugins. This
 * page shows HTML in a model's text as text, so the parser must never run; if it is asked for, that is an
 * error to hear about.
 */
export default function noRawHtml(): never {
  throw new Error("HTML in model text is not parsed");
}
