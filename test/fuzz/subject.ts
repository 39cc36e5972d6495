import fc from "fast-check";

/** What is wrong with how a case ended; undefined where it ended as it should. */
export type Complaint = { readonly kind: "crashes" | "silent" | "unclear"; readonly what: string } | undefined;

/** One case: what is done, in words, and doing it. */
export interface Case {
  readonly about: string;
  run(): Promise<Complaint>;
}

/** Something that is fuzzed: cases by the hundred, each from the generator's own numbers alone. */
export interface Subject {
  readonly name: string;
  /** How often it is chosen, compared with others; 1 if not given. */
  readonly weight?: number | undefined;
  readonly cases: fc.Arbitrary<Case>;
}

/** Values that an argument must not have, given the valid one that they replace. */
export type Wrong = (valid: unknown) => fc.Arbitrary<unknown>;

/** What is known of a function beside itself. */
export interface FunctionSubject<Args extends readonly unknown[], Result> {
  readonly name: string;
  readonly call: (...args: Args) => Result | Promise<Result>;
  /** Arguments that its docstring allows. */
  readonly valid: fc.Arbitrary<Args>;
  /** For each argument what its docstring does not allow. */
  readonly wrong: { readonly [Place in keyof Args]?: Wrong | undefined };
  /** What is wrong with the result of valid arguments, by a property that does not use the function; undefined if nothing is. */
  readonly holds?: (result: Awaited<Result>, ...args: Args) => string | undefined;
  /** Whether all numbers in the result of valid arguments are finite; true if not given. */
  readonly finite?: boolean;
  readonly weight?: number;
}

/** A function as a subject: a third of its cases are valid, the others have one wrong argument. */
export function ofFunction<Args extends readonly unknown[], Result>(subject: FunctionSubject<Args, Result>): Subject {
  const places = Object.entries(subject.wrong as Record<string, Wrong | undefined>).flatMap(([place, wrong]) =>
    wrong === undefined ? [] : [{ place: Number(place), wrong }],
  );
  const valid = subject.valid.map((args) => validCase(subject, args));
  const invalid = places.map(({ place, wrong }) =>
    subject.valid.chain((args) => wrong(args[place]).map((value) => invalidCase(subject, args, place, value))),
  );
  return {
    name: subject.name,
    weight: subject.weight,
    cases:
      invalid.length === 0
        ? valid
        : fc.oneof({ weight: 1, arbitrary: valid }, { weight: 2, arbitrary: fc.oneof(...invalid) }),
  };
}

function validCase<Args extends readonly unknown[], Result>(
  { name, call, holds, finite = true }: FunctionSubject<Args, Result>,
  args: Args,
): Case {
  return {
    about: `${name}(${args.map(shown).join(", ")})`,
    run: async () => {
      let result: Awaited<Result>;
      try {
        result = await call(...args);
      } catch (error) {
        return { kind: "crashes", what: `valid arguments threw ${described(error)}` };
      }
      const place = finite ? notFinite(result) : undefined;
      if (place !== undefined) return { kind: "silent", what: `valid arguments gave ${place}` };
      const wrong = holds?.(result, ...args);
      return wrong === undefined
        ? undefined
        : { kind: "silent", what: `valid arguments gave a wrong result: ${wrong}` };
    },
  };
}

function invalidCase<Args extends readonly unknown[], Result>(
  { name, call }: FunctionSubject<Args, Result>,
  args: Args,
  place: number,
  value: unknown,
): Case {
  const given = args.map((arg, i) => (i === place ? value : arg));
  while (given.length <= place) given.push(given.length === place ? value : undefined);
  return {
    about: `${name}(${given.map(shown).join(", ")}), argument ${place + 1} is wrong`,
    run: async () => {
      try {
        await (call as (...args: readonly unknown[]) => unknown)(...given);
      } catch (error) {
        return complaintAbout(error);
      }
      return { kind: "silent", what: "the wrong argument was accepted" };
    },
  };
}

const foreign =
  /undefined|\[object |cannot read|is not a function|is not iterable|invalid array length|invalid typed array|is not a constructor|cannot convert|cannot mix|unexpected token|\bat .*:\d+:\d+|jax-js|jaxpr|tracer|onnxruntime|\bzod\b|\bsharp\b|vips|libspng|out of memory|allocation failed|ZodError|RangeError|TypeError|node:|NaN is not/i;
const mostLetters = 300;

/** Judges what wrong input threw: it has to be an InputError whose message is one clear line of our own. */
export function complaintAbout(error: unknown, mentions: readonly string[] = []): Complaint {
  // By their names: what runs in a process of its own may have loaded the class a second time.
  const names = classNames(error);
  if (!names.includes("VfmError")) return { kind: "crashes", what: `threw ${described(error)}` };
  const { message } = error as Error;
  if (!names.includes("InputError"))
    return { kind: "unclear", what: `threw a ${names[0]}, not an InputError: ${message}` };
  return complaintAboutLine(message, mentions);
}

/** Judges a line that says what is wrong with an input. */
export function complaintAboutLine(line: string, mentions: readonly string[] = []): Complaint {
  const wrong = (what: string): Complaint => ({
    kind: "unclear",
    what: `${what}: ${JSON.stringify(line.slice(0, 600))}`,
  });
  if (line.trim().length < 8) return wrong("the message says nothing");
  if (line.length > mostLetters) return wrong(`the message has ${line.length} letters`);
  if (/[\p{Cc}\u2028\u2029]/u.test(line)) return wrong("the message has control characters or several lines");
  const [word] = foreign.exec(line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')) ?? [];
  if (word !== undefined) return wrong(`the message has foreign words (${word})`);
  if (mentions.length > 0 && !mentions.some((name) => line.includes(name)))
    return wrong(`the message does not name ${mentions.join(" or ")}`);
  return undefined;
}

function classNames(error: unknown): string[] {
  const names: string[] = [];
  for (let of = error; typeof of === "object" && of !== null; of = Object.getPrototypeOf(of))
    if (Object.hasOwn(of, "constructor")) names.push((of.constructor as { name: string }).name);
  return names;
}

function described(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error}, no error`;
  const frame = error.stack
    ?.split("\n")
    .find((line) => /\/(src|studies)\//.test(line))
    ?.trim();
  return `${error.name}: ${error.message.slice(0, 300)}${frame === undefined ? "" : ` (${frame})`}`;
}

/** The place of the first number that is not finite in a result. */
export function notFinite(value: unknown, place = "result", depth = 0): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${value} at ${place}`;
  if (value instanceof Float32Array || value instanceof Float64Array) {
    const at = value.findIndex((entry) => !Number.isFinite(entry));
    return at < 0 ? undefined : `${value[at]} at ${place}[${at}]`;
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || depth > 5) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const found = notFinite(child, `${place}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value in a few letters, whatever it is. */
export function shown(value: unknown): string {
  try {
    if (ArrayBuffer.isView(value)) {
      const list = value instanceof DataView ? [] : Array.from(value as Float32Array).slice(0, 12);
      return `${value.constructor.name}(${list.join(" ")})`;
    }
    const text = fc.stringify(value);
    return text.length > 300 ? `${text.slice(0, 300)}...` : text;
  } catch {
    return typeof value;
  }
}
