import { type ZodType, type core, z } from "zod";
import { InputError } from "./errors.js";
import { quoted } from "./quoted-text.js";

/** The schema of an integer above 0. */
export const positiveInteger = z.int().positive();

/** Number of wrong entries that a message names. */
const mostNamed = 3;

/** Names and values from a file are shortened to this many letters. */
const longestPlace = 60;
const longestValue = 30;

/**
 * Validates a value against a schema, and fills in its defaults.
 *
 * @param source the value's name for messages, such as its file
 * @throws InputError naming `source` and the first entries that are wrong, with the value of each and the allowed
 *   values
 */
export function parseWith<T>(schema: ZodType<T>, value: unknown, source: string): T {
  const result = schema.safeParse(value, { error: problemOf });
  if (result.success) return result.data;
  const { issues } = result.error;
  const named = issues.slice(0, mostNamed).map(placed);
  const more = issues.length > mostNamed ? `; and ${issues.length - mostNamed} more` : "";
  throw new InputError(`${source}: ${named.join("; ")}${more}`);
}

function placed({ path, message }: Pick<core.$ZodIssue, "path" | "message">): string {
  const place = quoted(path.map(String).join("."), longestPlace);
  return place === "" ? message : `${place}: ${message}`;
}

/** The error of an entry in the project's own words; a schema's own message takes precedence. */
function problemOf(issue: core.$ZodRawIssue): string {
  if (issue.code === "unrecognized_keys")
    return `there is no entry ${issue.keys
      .slice(0, mostNamed)
      .map((key) => quoted(JSON.stringify(key), longestPlace))
      .join(", ")} here`;
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const nearest = nearestForm(issue.errors);
    if (nearest !== undefined) return nearest;
  }
  const { input } = issue;
  return `it is ${shownValue(input)}, give ${wantedBy(issue)}`;
}

/**
 * The error for the nearest of several alternative forms; undefined if the value has a different type from all of them.
 */
function nearestForm(forms: readonly (readonly core.$ZodIssue[])[]): string | undefined {
  const inside = forms.filter((issues) => issues.every(({ path, code }) => path.length > 0 || code === "custom"));
  if (inside.length === 0) return undefined;
  return placed(inside.reduce((a, b) => (b.length < a.length ? b : a))[0]);
}

const typeNames: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "an integer",
  never: "nothing",
  number: "a finite number",
  object: "an object",
  record: "an object",
  string: "a text",
  tuple: "a list",
};

/** The allowed values of an entry. */
function wantedBy(issue: core.$ZodRawIssue | core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return typeNames[issue.expected ?? ""] ?? issue.expected ?? "another value";
    case "invalid_value":
      return anyOf(issue.values ?? []);
    case "too_small":
      return sizeText(
        issue.origin,
        issue.minimum,
        issue.exact === true ? "" : issue.inclusive === true ? "at least" : "more than",
      );
    case "too_big":
      return sizeText(
        issue.origin,
        issue.maximum,
        issue.exact === true ? "" : issue.inclusive === true ? "at most" : "less than",
      );
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_union":
      return "options" in issue && Array.isArray(issue.options)
        ? anyOf(issue.options)
        : [...new Set((issue.errors ?? []).map(([first]) => wantedBy(first)))].join(" or ");
    default:
      return "another value";
  }
}

function sizeText(origin: string | undefined, limit: number | bigint | undefined, bound: string): string {
  const number = `${bound} ${String(limit)}`.trim();
  if (origin === "array" || origin === "set") return `${number} entries`;
  return origin === "string" ? `${number} letters` : number;
}

function anyOf(values: readonly unknown[]): string {
  const texts = values.map((value) => (typeof value === "string" ? JSON.stringify(value) : String(value)));
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} or ${texts[texts.length - 1]}`;
}

/** Any value as short text. */
export function shownValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return quoted(JSON.stringify(value), longestValue);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
