import { InputError } from "./errors.js";

/** The rule for an option: a test of its value, and the words that complete "it has to be ...". */
export interface OptionRule {
  readonly wanted: string;
  accepts(value: unknown): boolean;
}

/** A rule for every option of a function; TypeScript reports a missing one. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule };

/** Accepts any value; it is checked elsewhere. */
export const anyValue: OptionRule = { wanted: "anything", accepts: () => true };

export const trueOrFalse: OptionRule = { wanted: "true or false", accepts: (value) => typeof value === "boolean" };

/** Accepts integers from `low` to `high`. */
export function integerFrom(low: number, high = Number.MAX_SAFE_INTEGER): OptionRule {
  const wanted = high < Number.MAX_SAFE_INTEGER ? `an integer from ${low} to ${high}` : `an integer, ${low} or more`;
  return { wanted, accepts: (value) => Number.isSafeInteger(value) && isBetween(value, low, high) };
}

export const positiveInteger: OptionRule = { ...integerFrom(1), wanted: "a positive integer" };

/** Accepts the seed of random numbers. */
export const seedNumber: OptionRule = { ...integerFrom(0), wanted: "an integer from 0 to 2^53 - 1" };

/** Accepts numbers from `low` to `high`, both included. */
export function numberFrom(low: number, high = Infinity): OptionRule {
  const wanted = high === Infinity ? `a finite number, ${low} or more` : `a number from ${low} to ${high}`;
  return { wanted, accepts: (value) => Number.isFinite(value) && isBetween(value, low, high) };
}

/** Accepts numbers above 0 up to `high`. */
export function positiveNumber(high = Infinity): OptionRule {
  const wanted = high === Infinity ? "a positive number" : `a positive number, ${high} at most`;
  return { wanted, accepts: (value) => Number.isFinite(value) && value !== 0 && isBetween(value, 0, high) };
}

/** Accepts one of these values. */
export function oneOf(values: readonly string[]): OptionRule {
  return { wanted: `one of ${values.join(", ")}`, accepts: (value) => values.includes(value as string) };
}

export const aFunction: OptionRule = { wanted: "a function", accepts: (value) => typeof value === "function" };

export const anObject: OptionRule = {
  wanted: "an object",
  accepts: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

export const aText: OptionRule = {
  wanted: "a text that is not empty",
  accepts: (value) => typeof value === "string" && value !== "",
};

export const aList: OptionRule = { wanted: "a list", accepts: (value) => Array.isArray(value) };

/** Accepts any finite number. */
export const finiteNumber: OptionRule = { wanted: "a finite number", accepts: (value) => Number.isFinite(value) };

/** Accepts numbers between `low` and `high`, both excluded. */
export function numberBetween(low: number, high: number): OptionRule {
  return {
    wanted: `a number between ${low} and ${high}`,
    accepts: (value) => Number.isFinite(value) && Number(value) > low && Number(value) < high,
  };
}

/** Accepts arrays of numbers, typed or plain; the numbers are checked elsewhere. */
export const numberArray: OptionRule = {
  wanted: "an array of numbers",
  accepts: (value) => Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value),
};

/** Accepts two values that the rule accepts. */
export function pairOf({ wanted, accepts }: OptionRule): OptionRule {
  return {
    wanted: `two values, each ${wanted}`,
    accepts: (value) => Array.isArray(value) && value.length === 2 && value.every(accepts),
  };
}

/**
 * Checks the options of a function. An undefined option counts as missing.
 *
 * @param of the function's name, for messages
 * @param required the options that must be given
 * @throws InputError if an option has no rule (the message suggests the nearest name), breaks its rule, or is missing
 */
export function checkOptions<Options extends object>(
  of: string,
  options: Options,
  rules: OptionRules<Options>,
  required: readonly (keyof Options & string)[] = [],
): void {
  if (!anObject.accepts(options))
    throw new InputError(`${of}: the options are ${shown(options)}, they have to be an object`);
  const known: Readonly<Record<string, OptionRule>> = rules;
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name))
      throw new InputError(`${of}: there is no option ${shown(name)}: ${suggestion(name, Object.keys(known))}`);
    if (value !== undefined && !known[name].accepts(value))
      throw new InputError(`${of}: ${name} is ${shown(value)}, it has to be ${known[name].wanted}`);
  }
  const missing = required.find((name) => options[name] === undefined);
  if (missing !== undefined) throw new InputError(`${of}: give ${missing}, ${known[missing].wanted}`);
}

/**
 * Checks one argument of a function, like an option in `checkOptions`.
 *
 * @param of the function's name, for messages
 * @throws InputError if it breaks its rule
 */
export function checkArgument(of: string, name: string, value: unknown, rule: OptionRule): void {
  if (rule.accepts(value)) return;
  if (value === undefined) throw new InputError(`${of}: give ${name}, ${rule.wanted}`);
  throw new InputError(`${of}: ${name} is ${shown(value)}, it has to be ${rule.wanted}`);
}

/** Checks the entries of an argument that is an object of data; entries without a rule are ignored. */
export function checkEntries(
  of: string,
  name: string,
  value: unknown,
  rules: Readonly<Record<string, OptionRule>>,
): void {
  checkArgument(of, name, value, anObject);
  for (const [entry, rule] of Object.entries(rules))
    checkArgument(of, `${name}.${entry}`, (value as Readonly<Record<string, unknown>>)[entry], rule);
}

function isBetween(value: unknown, low: number, high: number): boolean {
  return (value as number) >= low && (value as number) <= high;
}

/** Any value as short text on one line, for messages. */
export function shown(value: unknown): string {
  const text = textOf(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "undefined":
      return "not given";
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    case "object":
      return value === null ? "null" : textOfObject(value);
    default:
      return String(value);
  }
}

function textOfObject(value: object): string {
  if (Array.isArray(value)) {
    const plain = value.length > 0 && value.every((entry) => typeof entry === "number");
    return plain ? `[${value.join(", ")}]` : `a list of ${value.length}`;
  }
  if (ArrayBuffer.isView(value))
    return "length" in value ? `a ${value.constructor.name} of ${Number(value.length)}` : "bytes";
  return "an object";
}

/** "did you mean ..." if a name is near, otherwise all names. */
function suggestion(name: string, known: readonly string[]): string {
  const [nearest] = known
    .map((other) => ({ other, distance: editDistance(name.toLowerCase(), other.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  if (nearest === undefined) return "it takes none";
  return nearest.distance <= Math.max(2, name.length / 3)
    ? `did you mean "${nearest.other}"?`
    : `it takes ${known.join(", ")}`;
}

/** The least number of letters to insert, remove or replace to turn one word into the other (Levenshtein 1966). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[to.length];
}
